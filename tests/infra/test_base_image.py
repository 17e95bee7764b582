"""The base image is pinned by digest, wherever the digest comes from."""

from pathlib import Path

import pytest

from infra.base_image import resolve_base
from infra.errors import DeployError
from infra.pieces import _choose_tag

DIGEST = "sha256:" + "1f" * 32


def put_docker(folder: Path, monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    docker = folder / "docker"
    docker.write_text(f"#!/bin/sh\necho '{answer}'\n")
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


def test_the_registry_is_asked_for_the_digest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_docker(tmp_path, monkeypatch, f'{{"digest": "{DIGEST}", "mediaType": "x"}}')
    base = resolve_base()
    assert base.reference == f"python:3.14-slim@{DIGEST}"
    assert base.mark == "1f1f1f1f1f1f"


def test_one_with_a_digest_is_taken_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert resolve_base(f"mirror.example.org/python:3.14@{DIGEST}").digest == DIGEST
    with pytest.raises(DeployError, match="64 digits"):
        resolve_base("python:3.14-slim@sha256:1")


@pytest.mark.parametrize("answer", ["", "null", "[]", '{"digest": "latest"}', '{"digest": 7}'])
def test_a_registry_that_does_not_tell_is_a_failure_with_a_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    put_docker(tmp_path, monkeypatch, answer)
    with pytest.raises(DeployError, match=r"BASE_IMAGE=python:3\.14-slim@sha256"):
        resolve_base()


def test_without_docker_an_image_of_the_same_sources_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    said: list[str] = []
    assert _choose_tag("abc", "abc-123", None, said.append) == ("abc-123", None)
    assert "stays as it is" in said[0]
    with pytest.raises(DeployError, match="Docker, which is not installed"):
        _choose_tag("abd", "abc-123", None, said.append)
