"""A part of the random runs, in a process of its own."""

import logging
import tempfile
import threading
from pathlib import Path

from local.child import stop_children
from local.dynamodb import connect_dynamodb
from local.dynamodb_server import start_dynamodb, wait_for_dynamodb
from tests.conftest import ROOT
from tests.sinks.clickhouse.run import make_run_sink, run_clickhouse
from tests.sinks.clickhouse.serving import make_clickhouse, serve_clickhouse


def run_part(part: tuple[range, str]) -> tuple[int, list[str]]:
    """Run seeds on servers of their own; return how many, and what was wrong."""
    seeds, without = part
    told = []
    # Faults are logged, and here they are on purpose.
    logging.disable(logging.CRITICAL)
    with (
        tempfile.TemporaryDirectory() as folder,
        tempfile.TemporaryDirectory() as files,
        serve_clickhouse(Path(files)) as url,
    ):
        child, endpoint = start_dynamodb(ROOT / ".venv-aws/bin/python", Path(folder))
        try:
            wait_for_dynamodb(child, endpoint, threading.Event())
            client = connect_dynamodb(endpoint)
            for seed in seeds:
                made = make_clickhouse(url)
                try:
                    sink = make_run_sink(Path(folder), made.name, made)
                    wrong = run_clickhouse(seed, client, sink, without)
                except Exception as error:
                    wrong = [f"{type(error).__name__}: {error}"]
                told += [f"seed {seed}: {'; '.join(wrong[:3])[:400]}"] if wrong else []
            client.close()
        finally:
            stop_children([child])
    return len(seeds), told
