"""The local DynamoDB: ministack as a child process that holds everything in memory."""

import http.client
import os
import threading
from pathlib import Path

from local.child import Child, start_child, wait_until_ready
from local.dynamodb import REGION
from local.errors import LocalError
from local.ports import HOST, find_free_port

NAME = "the local DynamoDB (ministack)"
_READY_SECONDS = 30.0


def start_dynamodb(
    python: Path, cache: Path, *, services: str = "dynamodb,dynamodbstreams"
) -> tuple[Child, str]:
    """Start the server; return it and its endpoint. It may not answer yet. Raise `LocalError`.

    `python` is the interpreter of the virtualenv that has ministack. It serves only `services`.
    """
    if not python.exists():
        raise LocalError(
            f"{NAME} is not installed: {python} is missing; `make run` and `make event`"
            " install it. Without make:\n  python3 -m venv .venv-aws\n"
            "  .venv-aws/bin/pip install -r requirements/aws.txt"
        )
    port = find_free_port()
    scratch = cache / "ministack"
    scratch.mkdir(parents=True, exist_ok=True)
    # Keep the user's AWS profile and Python settings out.
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "PYTHON"))}
    environment = inherited | {
        "BIND_HOST": HOST,
        "GATEWAY_PORT": str(port),
        "SERVICES": services,
        "MINISTACK_REGION": REGION,
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "PERSIST_STATE": "0",
        # ministack looks for containers to clean up; keep it away from this machine's Docker.
        "DOCKER_HOST": f"unix://{scratch.absolute()}/no-docker.sock",
        "TMPDIR": str(scratch.absolute()),
        "LOG_LEVEL": "WARNING",
    }
    command = [str(python), "-m", "ministack"]
    log = cache / "dynamodb.log"
    child = start_child(NAME, command, log=log, environment=environment)
    return child, f"http://{HOST}:{port}"


def wait_for_dynamodb(child: Child, endpoint: str, stop: threading.Event) -> None:
    """Wait until the server answers; raise `LocalError` or `Stopped`."""
    address = endpoint.removeprefix("http://")

    def answers() -> bool:
        connection = http.client.HTTPConnection(address, timeout=1.0)
        try:
            connection.request("GET", "/_ministack/health")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    wait_until_ready(child, answers, timeout_seconds=_READY_SECONDS, stop=stop)
