"""One URL can name a Redis, a node of a cluster, or an ElastiCache with IAM."""

import asyncio
import threading
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from botocore.credentials import Credentials

from aggregates.connection import connect, connect_async, name_node
from aggregates.iam import IamCredentials


class _Session:
    """A botocore session whose credentials are rotated at every call."""

    def __init__(self) -> None:
        self.calls = 0

    def get_credentials(self) -> Credentials:
        self.calls += 1
        return Credentials(f"AKIA{self.calls}", "secret", "a token of the session")


def credentials(**options: Any) -> IamCredentials:
    return IamCredentials("tally", "my-cache", "eu-west-1", session=_Session(), **options)


def test_a_token_is_a_signed_request_without_its_scheme() -> None:
    user, token = credentials().get_credentials()
    assert user == "tally"
    assert token.startswith("my-cache/?")
    words = parse_qs(urlsplit(f"https://{token}").query)
    assert (words["Action"], words["User"]) == (["connect"], ["tally"])
    assert words["X-Amz-Expires"] == ["900"]
    assert words["X-Amz-Credential"][0].endswith("/eu-west-1/elasticache/aws4_request")
    assert words["X-Amz-Security-Token"] == ["a token of the session"]
    assert len(words["X-Amz-Signature"][0]) == 64
    assert "ResourceType" not in words


def test_a_serverless_cache_is_named_as_one() -> None:
    _, token = credentials(serverless=True).get_credentials()
    assert parse_qs(urlsplit(f"https://{token}").query)["ResourceType"] == ["ServerlessCache"]


def test_every_connection_gets_a_new_signature() -> None:
    """A token is only valid as long as the credentials that signed it, and those are rotated."""
    provider = credentials()
    assert "AKIA1" in provider.get_credentials()[1]
    assert "AKIA2" in provider.get_credentials()[1]


def test_iam_is_chosen_by_the_url() -> None:
    with connect("rediss://tally@127.0.0.1:6379?iam=my-cache&region=eu-west-1") as client:
        options = client.connection_pool.connection_kwargs
        assert isinstance(options["credential_provider"], IamCredentials)
        assert "username" not in options


@pytest.mark.parametrize(
    "url",
    [
        "redis://tally@127.0.0.1?iam=my-cache&region=eu-west-1",
        "rediss://127.0.0.1?iam=my-cache&region=eu-west-1",
        "rediss://tally@127.0.0.1?iam=my-cache",
    ],
)
def test_iam_without_tls_user_or_region_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="rediss://USER@HOST"):
        connect(url)


def test_a_node_of_a_cluster_is_named_with_its_user_and_certificate() -> None:
    url = "rediss://tally:a%40b@one:6379?cluster=true&ssl_ca_certs=%2Fca.pem"
    assert name_node(url, "10.0.0.7", 7000) == (
        "rediss://tally:a%40b@10.0.0.7:7000?ssl_ca_certs=%2Fca.pem"
    )
    assert name_node(url, "::1", 7000).startswith("rediss://tally:a%40b@[::1]:7000")


def test_a_token_is_signed_beside_the_event_loop() -> None:
    """botocore may fetch credentials from AWS for seconds, which must not block the screens."""
    threads: list[threading.Thread] = []

    class Session(_Session):
        def get_credentials(self) -> Credentials:
            threads.append(threading.current_thread())
            return super().get_credentials()

    provider = IamCredentials("tally", "my-cache", "eu-west-1", session=Session())
    user, token = asyncio.run(provider.get_credentials_async())
    assert (user, token[:10]) == ("tally", "my-cache/?")
    assert threads != [threading.current_thread()]


def test_a_socket_of_this_machine_is_a_redis(tmp_path: Path) -> None:
    path = str(tmp_path / "redis.sock")
    for url in (f"unix://{path}", f"unix://user:word@{path}?db=1"):
        with connect(url) as client:
            assert client.connection_pool.connection_kwargs["path"] == path
        pool = connect_async(url, timeout_seconds=1.0).connection_pool
        assert pool.connection_kwargs["path"] == path
