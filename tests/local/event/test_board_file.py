"""The event uses a copy of the person's board file, with its pictures beside the copy."""

from pathlib import Path

import pytest

from aggregates.look_files import read_look_files
from local.errors import LocalError
from local.event.board_file import BoardFile
from local.keep.folder import EventFolder
from tests.aggregates.look_files import PNG
from tests.aggregates.small_board import BOARD

LOOK = '[look]\nlogo = "logo.png"\n'


@pytest.fixture
def folder(tmp_path: Path) -> EventFolder:
    folder = EventFolder(tmp_path / "data")
    folder.board_folder.mkdir(parents=True)
    return folder


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "gala").mkdir()
    (tmp_path / "gala" / "logo.png").write_bytes(PNG)
    path = tmp_path / "gala.toml"
    path.write_text(BOARD + LOOK)
    return path


def test_the_copy_of_a_board_has_the_files_of_its_look(path: Path, folder: EventFolder) -> None:
    file = BoardFile(path, folder)
    file.load()
    assert (file.copy.with_suffix("") / "logo.png").read_bytes() == PNG


def test_a_board_whose_logo_is_missing_is_not_started(path: Path, folder: EventFolder) -> None:
    path.write_text(BOARD + LOOK.replace("logo.png", "nowhere.png"))
    with pytest.raises(LocalError, match=r"nowhere.png: look.logo: there is no such file"):
        BoardFile(path, folder).load()


def test_a_look_that_cannot_be_shown_leaves_the_board_as_it_was(
    path: Path, folder: EventFolder
) -> None:
    file = BoardFile(path, folder)
    first = file.load()
    path.write_text(BOARD + LOOK.replace("logo.png", "nowhere.png"))
    with pytest.raises(LocalError, match="The board stays as it was"):
        file.look()
    assert file.board == first
    assert first.look is not None
    assert read_look_files(first.look).logo is not None
