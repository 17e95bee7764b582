"""`python -m examples NAME`, which `make example NAME=…` calls."""

import sys
import tempfile
import threading
from pathlib import Path

from examples.running import FOLDER, list_examples, run_example
from local.child import stop_children
from local.dynamodb import connect_dynamodb, connect_streams
from local.dynamodb_server import start_dynamodb, wait_for_dynamodb


def main(arguments: list[str]) -> int:
    """Run an example; return 1 if Tallyboard is not exact."""
    names = list_examples()
    if len(arguments) != 1 or arguments[0] not in names:
        print(f"Name an example: make example NAME={' | '.join(names)}", file=sys.stderr)
        return 2
    [name] = arguments
    with tempfile.TemporaryDirectory() as folder:
        child, endpoint = start_dynamodb(FOLDER.parent / ".venv-aws/bin/python", Path(folder))
        try:
            wait_for_dynamodb(child, endpoint, threading.Event())
            clients = connect_dynamodb(endpoint), connect_streams(endpoint)
            shown = run_example(name, *clients, say=print)
        finally:
            stop_children([child])
    print(
        f"{shown.deliveries} deliveries, {shown.again} of them again, {shown.late} of these late:\n"
    )
    for way, wrong, told in shown.ways:
        print(f"  {way:18} {'exact' if not wrong else f'{wrong:,} wrong'}: {told}")
    return 1 if shown.ways[0][1] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
