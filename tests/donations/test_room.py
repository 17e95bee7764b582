"""The room may use the contract of counting, but neither Redis nor the rooms above it."""

import ast
from pathlib import Path

import donations

FORBIDDEN = {"redis", "webapp", "local", "reconcile", "lambda_handler", "infra", "operate"}


def test_donations_know_neither_redis_nor_the_rooms_above() -> None:
    for file in Path(donations.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            assert not FORBIDDEN & {name.partition(".")[0] for name in names}, file.name
