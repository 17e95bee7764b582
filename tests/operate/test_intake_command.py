"""`tallyboard intake` says what each source would do, and every mistake."""

import shutil
from pathlib import Path

import pytest

from operate.cli import main
from tests.conftest import ROOT

SOURCES = (
    '[sources.phone]\nprovider = "api"\nboard = "gala"\nplatform = "Phone"\nsecret = "PHONE"\n'
    '[sources.web]\nprovider = "stripe"\nboard = "gala"\nplatform = "Web"\nsecret = "NOWHERE"\n'
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copy(ROOT / "boards/fundraiser.toml", tmp_path / "gala.toml")
    monkeypatch.chdir(tmp_path)
    for name in ("BOARDS", "INTAKE", "PUBLIC_URL", "NOWHERE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("BOARD", "gala.toml")
    monkeypatch.setenv("PHONE", "whsec_" + "QUJD" * 8)
    return tmp_path


def test_each_source_and_each_mistake_is_said(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "intake.toml").write_text(SOURCES, "utf-8")
    assert main(["intake"]) == 1
    said = capsys.readouterr()
    assert "phone: api\n  counts   on the board gala, for Phone" in said.out
    assert "sources.web.secret: names the environment variable NOWHERE" in said.err
    assert "QUJD" not in said.out + said.err


@pytest.mark.usefixtures("folder")
def test_who_has_no_file_yet_is_told_how_to_write_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["intake"]) == 1
    assert "intake.toml: is not there; docs/intake.md says how" in capsys.readouterr().err
