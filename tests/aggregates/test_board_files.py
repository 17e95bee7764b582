"""Boards come from files and folders, and must agree with one another."""

from pathlib import Path

import pytest

from aggregates.board_file import BoardError, load_boards
from tests.aggregates.fundraiser_file import Write, change


def test_boards_come_from_files_and_folders(write: Write, tmp_path: Path) -> None:
    folder = tmp_path / "more"
    folder.mkdir()
    write(name="more/b.toml")
    write(name="more/a.toml")
    write(name="more/notes.txt")
    assert list(load_boards(f" {write()} , {folder}, ")) == ["gala", "a", "b"]


@pytest.mark.parametrize("paths", ["", " , "])
def test_no_board_at_all_is_refused_with_the_fix(paths: str) -> None:
    with pytest.raises(BoardError) as raised:
        load_boards(paths)
    assert str(raised.value) == (
        f"BOARDS={paths!r} holds no board; name a TOML file, or a folder of them"
    )


def test_a_folder_without_boards_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BoardError, match="holds no board"):
        load_boards(str(tmp_path))


def test_two_boards_of_one_name_are_refused(write: Write, tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    other = write(name="more/gala.toml")
    with pytest.raises(BoardError) as raised:
        load_boards(f"{write()},{other}")
    assert str(raised.value) == (f"{other}: there is a board 'gala' already; rename this file")


def test_two_boards_of_one_table_have_to_agree_on_its_key(write: Write) -> None:
    first = write(name="gala.toml")
    other = write(change('key = "donationId"', 'key = "id"'), name="raffle.toml")
    with pytest.raises(BoardError) as raised:
        load_boards(f"{first},{other}")
    assert str(raised.value) == (
        f"{other}: key: is id, but the board gala says that the table donations has donationId;"
        " correct one of them"
    )
