"""A part of the random runs, in a process of its own: some of them side by side."""

import logging
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from local.child import stop_children
from local.dynamodb import connect_dynamodb
from local.dynamodb_server import start_dynamodb, wait_for_dynamodb
from tests.conftest import ROOT
from tests.explore.run import run_world

# Most of a run's time is waiting.
_TOGETHER = 5


def run_part(part: tuple[range, str]) -> tuple[int, list[str]]:
    """Run seeds on a DynamoDB of their own; return how many, and what was wrong."""
    seeds, without = part
    # Faults are logged, and here they are on purpose.
    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as folder:
        child, endpoint = start_dynamodb(ROOT / ".venv-aws/bin/python", Path(folder))
        try:
            wait_for_dynamodb(child, endpoint, threading.Event())

            def run(seed: int) -> str:
                client = connect_dynamodb(endpoint)
                try:
                    wrong = run_world(seed, client, Path(folder), without)
                except Exception as error:
                    wrong = [f"{type(error).__name__}: {error}"]
                finally:
                    client.close()
                return f"seed {seed}: {'; '.join(wrong[:3])}" if wrong else ""

            with ThreadPoolExecutor(_TOGETHER) as pool:
                told = [text for text in pool.map(run, seeds) if text]
        finally:
            stop_children([child])
    return len(seeds), told
