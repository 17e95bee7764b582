"""A part of the random runs, in a process of its own."""

import tempfile
import threading
from pathlib import Path

from local.child import stop_children
from local.dynamodb import connect_dynamodb
from local.dynamodb_server import start_dynamodb, wait_for_dynamodb
from tests.conftest import ROOT
from tests.sinks.runs import RUNS


def run_part(part: tuple[str, range, str]) -> tuple[int, list[str]]:
    """Run seeds on a DynamoDB of their own: it becomes slow with time."""
    kind, seeds, without = part
    told = []
    with tempfile.TemporaryDirectory() as folder:
        child, endpoint = start_dynamodb(ROOT / ".venv-aws/bin/python", Path(folder))
        try:
            wait_for_dynamodb(child, endpoint, threading.Event())
            client = connect_dynamodb(endpoint)
            for seed in seeds:
                try:
                    wrong = RUNS[kind](seed, client, without)
                except Exception as error:
                    wrong = [f"{type(error).__name__}: {error}"]
                told += [f"{kind}, seed {seed}: {'; '.join(wrong[:3])}"] if wrong else []
            client.close()
        finally:
            stop_children([child])
    return len(seeds), told
