"""A local AWS on loopback: ministack with all the services that a deploy calls.

Some of its resources are records only: see `STUBS` in test_deploy.py.
"""

import os
import sys
import threading
from pathlib import Path
from typing import Any

import boto3

from local.child import Child, start_child
from local.dynamodb_server import wait_for_dynamodb
from local.ports import HOST, find_free_port
from tests.conftest import ROOT

REGION = "eu-central-1"
# If a call reaches a real AWS by mistake, these credentials are useless.
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "000000000000", "AWS_SECRET_ACCESS_KEY": "nothing"}


def start_local_aws(folder: Path) -> tuple[Child, str]:
    """Start the server and wait until it answers; return it and its endpoint."""
    port = find_free_port()
    folder.mkdir(parents=True, exist_ok=True)
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "PYTHON"))}
    environment = inherited | {
        "BIND_HOST": HOST,
        "GATEWAY_PORT": str(port),
        "MINISTACK_REGION": REGION,
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "PERSIST_STATE": "0",
        "DOCKER_HOST": f"unix://{folder.absolute()}/no-docker.sock",
        "TMPDIR": str(folder.absolute()),
        "LOG_LEVEL": "WARNING",
    }
    command = [str(ROOT / ".venv-aws/bin/python"), "-m", "ministack"]
    child = start_child("the local AWS", command, log=folder / "aws.log", environment=environment)
    endpoint = f"http://{HOST}:{port}"
    wait_for_dynamodb(child, endpoint, threading.Event())
    return child, endpoint


def make_environment(endpoint: str, **variables: str) -> dict[str, str]:
    """Return the environment for a `make deploy` that can reach only `endpoint`."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    kept = {"PATH": path, "HOME": "/nonexistent", "LANG": "C.UTF-8"}
    pip = {k: v for k, v in os.environ.items() if k.startswith("PIP_")}
    aws = {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "NO_PROXY": HOST,
        "no_proxy": HOST,
    }
    return kept | pip | CREDENTIALS | aws | variables


def connect(service: str, endpoint: str) -> Any:
    """Return a boto3 client of the local AWS."""
    return boto3.session.Session(
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        region_name=REGION,
    ).client(service, endpoint_url=endpoint)
