"""`tallyboard keys`: a key is shown once, kept as a digest, and revoked at once."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from explore.keys import find_key, load_keys
from operate.cli import main
from tests.conftest import ROOT


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "secret" / "keys.json"
    monkeypatch.setenv("EXPLORE_KEYS", str(path))
    monkeypatch.setenv("BOARDS", str(ROOT / "boards"))
    return path


def test_a_key_is_made_listed_and_revoked(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = ["keys", "make", "Ana", "--board", "fundraiser", "--stored-only", "--rows", "50"]
    assert main([*made, "--ms", "900", "--at-once", "2"]) == 0
    said = capsys.readouterr()
    text = said.out.strip()
    key = find_key(load_keys(file), text)
    assert key is not None
    assert (key.boards, key.ad_hoc, key.rows) == (("fundraiser",), False, 50)
    assert (key.timeout_ms, key.at_once) == (900, 2)
    assert "the only time that the key is shown" in said.err
    assert text not in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600

    assert main(["keys", "list"]) == 0
    listed = capsys.readouterr().out
    assert f"{key.id}  {key.made}  Ana: fundraiser; stored queries only; 50 rows" in listed
    assert text[12:] not in listed

    # Pasting the whole key is no mistake.
    assert main(["keys", "revoke", text]) == 0
    assert capsys.readouterr().out == f"{key.id} of Ana is revoked\n"
    assert load_keys(file) == {}


def test_keys_that_are_made_at_once_are_all_kept(file: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        codes = pool.map(lambda n: main(["keys", "make", f"N{n}", "--all-boards"]), range(16))
    assert set(codes) == {0}
    assert {key.name for key in load_keys(file).values()} == {f"N{n}" for n in range(16)}


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["make", "Ana"], "say which boards the key is for"),
        (["make", "Ana", "--all-boards", "--board", "fundraiser"], "say which boards"),
        (["make", "Ana", "--board", "x"], "there is no board 'x'; there are: fundraiser"),
        (["make", " ", "--all-boards"], "the name must have 1 to 60 characters"),
        (["make", "A\nB", "--all-boards"], "the name must have 1 to 60 characters"),
        (["make", "Ana", "--all-boards", "--rows", "10001"], "--rows is 10001; write a whole"),
        (["make", "Ana", "--all-boards", "--ms", "0"], "--ms is 0"),
        (["list"], "there is no key in"),
        (["revoke", "abcdefgh"], "there is no key 'abcdefgh'; there are: none"),
    ],
)
def test_a_mistake_is_named(
    file: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], problem: str
) -> None:
    assert main(["keys", *arguments]) == 1
    assert problem in capsys.readouterr().err


def test_without_a_file_it_says_how_to_name_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("EXPLORE_KEYS", raising=False)
    assert main(["keys", "list"]) == 1
    assert "name the file of keys: EXPLORE_KEYS=" in capsys.readouterr().err


def test_a_broken_file_is_left_as_it_is(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.parent.mkdir()
    file.write_text("{")
    assert main(["keys", "make", "Ana", "--all-boards"]) == 1
    assert "is no file of keys" in capsys.readouterr().err
    assert file.read_text() == "{"
