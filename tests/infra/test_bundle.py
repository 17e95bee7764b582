"""The function's zip is small, reproducible, and has everything that the handler needs."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from redis import Redis

from aggregates.keys import board_keys
from infra.bundle import Bundle, find_python, make_bundle
from tests.conftest import ROOT
from tests.stream_events import donation, event, record

BOARD = ROOT / "boards/fundraiser.toml"
# The Python that runs the tests, because its bytecode can be compiled and inspected here.
RUNTIME = f"python{sys.version_info.major}.{sys.version_info.minor}"

_CALL = """
import json, sys
from lambda_handler.handler import handle
print(json.dumps(handle(json.load(sys.stdin), None)))
print(sorted(name for name in sys.modules if name.partition(".")[0] in ("boto3", "starlette")))
"""


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return make_bundle(BOARD, tmp_path_factory.mktemp("bundle"), RUNTIME)


def test_built_twice_it_is_the_same_bytes(bundle: Bundle, tmp_path: Path) -> None:
    again = make_bundle(BOARD, tmp_path, RUNTIME)
    assert again.path.read_bytes() == bundle.path.read_bytes()
    assert again.key == bundle.key


def test_it_is_under_5_mb_and_holds_what_the_handler_imports_and_the_board(bundle: Bundle) -> None:
    with zipfile.ZipFile(bundle.path) as archive:
        names = archive.namelist()
        modes = {entry.external_attr >> 16 for entry in archive.infolist()}
    assert bundle.path.stat().st_size < 5_000_000
    assert {name.partition("/")[0] for name in names} == {
        "aggregates",
        "boards",
        "lambda_handler",
        "redis",
        "redis-8.1.0.dist-info",
        "tzdata",
        "tzdata-2026.6.dist-info",
    }
    assert [name for name in names if name.startswith("boards/")] == ["boards/fundraiser.toml"]
    assert modes == {0o100644}


def test_every_module_has_bytecode_that_needs_no_look_at_its_source(bundle: Bundle) -> None:
    with zipfile.ZipFile(bundle.path) as archive:
        names = archive.namelist()
        compiled = [name for name in names if name.endswith(".pyc")]
        flags = {archive.read(name)[4:8] for name in compiled}
    assert bundle.compiled_by is not None
    assert len(compiled) == sum(name.endswith(".py") for name in names)
    # PEP 552: hash-based and unchecked.
    assert flags == {b"\x01\0\0\0"}


def test_unpacked_in_an_empty_folder_a_bare_python_counts_with_it(
    bundle: Bundle, redis_url: str, redis: Redis, tmp_path: Path
) -> None:
    with zipfile.ZipFile(bundle.path) as archive:
        archive.extractall(tmp_path)
    # A board for this test only, because Redis is shared.
    board = tmp_path / "boards/test-bare.toml"
    (tmp_path / "boards/fundraiser.toml").rename(board)
    keys = board_keys("test-bare")
    item = donation("d-1", "Phone", "25", "2026-11-21T19:04:11")
    result = subprocess.run(
        # -S: no site-packages, so only the standard library and this folder.
        [sys.base_prefix + "/bin/python3", "-S", "-c", _CALL],
        cwd=tmp_path,
        env={"REDIS_URL": redis_url, "BOARDS": "boards", "PYTHONPATH": str(tmp_path)},
        input=json.dumps(event(record(100, item, name="INSERT"))),
        capture_output=True,
        text=True,
        timeout=30,
    )
    try:
        assert result.stdout.splitlines() == ['{"batchItemFailures": []}', "[]"], result.stderr
        assert redis.hget(keys.totals, "Phone:amount") == b"2500"
    finally:
        redis.unlink(*keys)


def test_a_python_of_another_version_compiles_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", os.defpath)
    assert find_python("python3.99") is None
    assert make_bundle(BOARD, tmp_path, "python3.99").compiled_by is None
