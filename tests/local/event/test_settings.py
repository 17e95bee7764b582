"""The settings of `make event`, and its messages if they are not enough."""

from pathlib import Path

import pytest

from local.errors import LocalError
from local.event import settings
from local.event.settings import find_folder, read_event_settings
from local.ports import ALL_ADDRESSES, HOST


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one board."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "gala.toml").touch()
    (tmp_path / "pyproject.toml").touch()
    return tmp_path


def test_without_a_board_it_says_which_files_there_are_and_what_a_board_is() -> None:
    with pytest.raises(LocalError, match=r"BOARD=gala\.toml; there are: gala\.toml\n") as raised:
        read_event_settings({"BOARD": ""})
    assert "copy boards/fundraiser.toml to gala.toml" in str(raised.value)
    with pytest.raises(LocalError, match=r"there is no file ball; there are: gala\.toml"):
        read_event_settings({"BOARD": "ball"})


def test_a_board_s_name_is_enough_and_names_the_folder() -> None:
    read = read_event_settings({"BOARD": "gala"})
    assert (read.board, read.folder.path) == (Path("gala.toml"), Path("data/gala"))
    assert read.system.cache == read.folder.path
    assert read.system.boards == "data/gala/board/gala.toml"
    assert read.system.donors_per_second == 0


def test_a_person_is_asked_who_may_reach_it_and_nobody_else_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(settings, "find_lan_address", lambda: "192.0.2.7")
    asked: list[str] = []

    def answer(text: str) -> str:
        def ask(question: str) -> str:
            asked.append(question)
            return text

        return read_event_settings({"BOARD": "gala"}, ask).system.host

    assert [answer(text) for text in ("", "y", "n", "No")] == [
        ALL_ADDRESSES,
        ALL_ADDRESSES,
        HOST,
        HOST,
    ]
    assert all("192.0.2.7" in question for question in asked)
    assert read_event_settings({"BOARD": "gala"}).system.host == HOST
    told = read_event_settings({"BOARD": "gala", "HOST": "192.0.2.8"}, answer)
    assert told.system.host == "192.0.2.8"


def test_the_only_event_needs_no_name(here: Path) -> None:
    with pytest.raises(LocalError, match="there is no event in data/"):
        find_folder({})
    for name in ("gala", "ball"):
        (here / "data" / name).mkdir(parents=True)
    (here / "data/gala/event.sqlite").touch()
    assert find_folder({}).path == Path("data/gala")
    (here / "data/ball/event.sqlite").touch()
    with pytest.raises(LocalError, match=r"there are 2 events .*; say which: DATA=data/ball"):
        find_folder({})
    assert find_folder({"BOARD": "boards/gala.toml"}).path == Path("data/gala")
    assert find_folder({"DATA": "elsewhere"}).path == Path("elsewhere")
