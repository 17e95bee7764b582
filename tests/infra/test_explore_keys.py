"""The keys in a secret of the local Secrets Manager: they begin and end without a restart."""

import asyncio
import logging
from pathlib import Path
from typing import Any

import pytest

from explore.keys import Key, dump_keys, find_key, load_keys, make_key
from explore.keys_secret import KeysSecret
from tests.infra.local_aws import connect
from tests.waiting import wait_for


class Secret:
    """A secret of its own for a test."""

    def __init__(self, endpoint: str, name: str, text: str) -> None:
        self.manager: Any = connect("secretsmanager", endpoint)
        self.arn: str = self.manager.create_secret(Name=name, SecretString=text)["ARN"]

    def put(self, text: str) -> None:
        self.manager.put_secret_value(SecretId=self.arn, SecretString=text)

    def delete(self) -> None:
        self.manager.delete_secret(SecretId=self.arn, ForceDeleteWithoutRecovery=True)


def write(*keys: Key) -> str:
    return dump_keys({key.id: key for key in keys}).decode()


def test_a_key_comes_and_is_revoked_without_a_restart(endpoint: str, tmp_path: Path) -> None:
    text, key = make_key("Ana", ("*",), "2026-11-21T19:00:00Z")
    secret = Secret(endpoint, "keys-come", '{"keys": []}')
    file = tmp_path / "data/keys.json"

    def is_known() -> bool:
        return find_key(load_keys(file), text) is not None

    async def run() -> None:
        async with KeysSecret(secret.arn, file, secret.manager, 0.05).copying():
            assert file.exists()
            assert not is_known()
            secret.put(write(key))
            await asyncio.to_thread(wait_for, is_known)
            secret.put(write())
            await asyncio.to_thread(wait_for, lambda: not is_known())

    asyncio.run(run())


def test_while_the_secret_cannot_be_read_the_keys_stay_and_it_is_said(
    endpoint: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    text, key = make_key("Ana", ("*",), "2026-11-21T19:00:00Z")
    secret = Secret(endpoint, "keys-go", write(key))
    file = tmp_path / "keys.json"

    async def run() -> None:
        async with KeysSecret(secret.arn, file, secret.manager, 0.05).copying():
            secret.delete()
            said = "the secret of keys cannot be read"
            await asyncio.to_thread(wait_for, lambda: said in caplog.text)

    with caplog.at_level(logging.INFO, "tallyboard"):
        asyncio.run(run())
    assert find_key(load_keys(file), text) == key
    assert "the secret has 1 key" in caplog.text
    assert key.sha256 not in caplog.text


def test_a_secret_that_is_no_file_of_keys_lets_nobody_in(
    endpoint: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    secret = Secret(endpoint, "keys-wrong", "tb_secret")
    file = tmp_path / "keys.json"

    async def run() -> None:
        async with KeysSecret(secret.arn, file, secret.manager).copying():
            pass

    asyncio.run(run())
    assert "the secret of keys cannot be used" in caplog.text
    assert "tb_secret" not in caplog.text
    with pytest.raises(ValueError, match="is no file of keys"):
        load_keys(file)
