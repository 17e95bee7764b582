"""`python -m examples NAME`, which `make example NAME=…` calls."""

import sys
import tempfile
import threading
from pathlib import Path

from examples.place import SERVICES, Place, connect_s3
from examples.running import FOLDER, list_examples, run_example
from local.child import Child, stop_children
from local.dynamodb import connect_dynamodb, connect_streams
from local.dynamodb_server import start_dynamodb, wait_for_dynamodb
from local.ports import find_free_port
from local.redis_server import choose_redis, start_redis, wait_for_redis


def main(arguments: list[str]) -> int:
    """Run an example; return 1 if Tallyboard is not exact."""
    names = list_examples()
    if len(arguments) != 1 or arguments[0] not in names:
        print(f"Name an example: make example NAME={' | '.join(names)}", file=sys.stderr)
        return 2
    [name] = arguments
    children: list[Child] = []
    with tempfile.TemporaryDirectory() as folder:
        try:
            shown = run_example(name, _start(Path(folder), children), say=print)
        finally:
            stop_children(children)
    print(
        f"{shown.deliveries} deliveries, {shown.again} of them again, {shown.late} of these late:\n"
    )
    for way, wrong, told in shown.ways:
        print(f"  {way:18} {'exact' if not wrong else f'{wrong:,} wrong'}: {told}")
    return 1 if shown.ways[0][1] else 0


def _start(folder: Path, children: list[Child]) -> Place:
    """Start the servers; those that run are added to `children`."""
    stop = threading.Event()
    aws, endpoint = start_dynamodb(
        FOLDER.parent / ".venv-aws/bin/python", folder, services=SERVICES
    )
    children.append(aws)
    # Never one of REDIS_URL, which may hold somebody's boards.
    program = choose_redis(None).program
    assert program is not None
    redis, redis_url = start_redis(program, folder)
    children.append(redis)
    wait_for_dynamodb(aws, endpoint, stop)
    wait_for_redis(redis, redis_url, stop)
    clients = connect_dynamodb(endpoint), connect_streams(endpoint), connect_s3(endpoint)
    return Place(*clients, redis_url, folder, find_free_port())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
