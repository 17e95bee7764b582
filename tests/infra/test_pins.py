"""Packages that face the Internet: each pin has hashes, and nothing else is installed."""

import hashlib
import re
import tomllib
from pathlib import Path

import pytest

from infra.pins import FILES, FOLDER, read_pins, write_hashes
from tests.conftest import ROOT


@pytest.mark.parametrize("name", FILES)
def test_every_pin_has_a_hash(name: str) -> None:
    text = (FOLDER / name).read_text("utf-8")
    entries = re.split(r"\n(?=\w)", text.partition("\n")[2])
    assert len(entries) == len(read_pins(text)) > 0
    for entry in entries:
        assert re.fullmatch(r"[\w.-]+==[\w.]+(?: \\\n    --hash=sha256:[0-9a-f]{64})+\n?", entry)


def test_the_image_and_the_function_install_nothing_without_a_hash() -> None:
    assert "--require-hashes" in (ROOT / "infra/Dockerfile").read_text("utf-8")
    assert '"--require-hashes"' in (ROOT / "infra/bundle.py").read_text("utf-8")


def test_the_pins_are_those_that_are_tested() -> None:
    tested = set(read_pins((FOLDER / "constraints.txt").read_text("utf-8")))
    for name in FILES:
        assert set(read_pins((FOLDER / name).read_text("utf-8"))) <= tested


def test_what_builds_the_package_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    [requirement] = project["build-system"]["requires"]
    assert re.fullmatch(r"setuptools==[\d.]+", requirement)


def test_hashes_are_written_beside_their_pins_and_the_heading_stays(tmp_path: Path) -> None:
    file = tmp_path / "web.txt"
    file.write_text(
        "# What is needed.\nsse-starlette==3.7.0 \\\n    --hash=sha256:x\nsix==1.17.0\n"
    )
    wheels = [tmp_path / "sse_starlette-3.7.0-py3-none-any.whl", tmp_path / "six-1.17.0-py3.whl"]
    for number, wheel in enumerate(wheels):
        wheel.write_bytes(bytes([number]))
    write_hashes(file, wheels)
    first, second = (hashlib.sha256(bytes([number])).hexdigest() for number in (0, 1))
    assert file.read_text() == (
        "# What is needed.\n"
        f"sse-starlette==3.7.0 \\\n    --hash=sha256:{first}\n"
        f"six==1.17.0 \\\n    --hash=sha256:{second}\n"
    )
