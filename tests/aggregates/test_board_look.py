"""A look with unreadable colours is refused; the message names a colour that works."""

from collections.abc import Callable
from pathlib import Path

import pytest

from aggregates.board_file import BoardError, load_board
from aggregates.look_files import LookError, read_look_file, read_look_files
from tests.aggregates.look_files import PNG, SVG
from tests.aggregates.small_board import BOARD

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_file(look: str) -> Path:
        path = tmp_path / "gala.toml"
        path.write_text(f"{BOARD}[look]\n{look}")
        return path

    return write_file


def test_a_look_has_colours_and_files_of_the_boards_folder(write: Write) -> None:
    text = 'accent = "#F4D"\nground = "#10142b"\nlogo = "logo.svg"\nsponsors = ["a.png"]\n'
    board = load_board(write(text + '[look.groups]\n"Red team" = "#e05050"\n'))
    look = board.look
    assert look is not None
    assert (look.accent, look.ground, look.logo) == ("#ff44dd", "#10142b", "logo.svg")
    assert look.groups == (("Red team", "#e05050"),)
    assert (look.folder.name, look.file_names) == ("gala", ("logo.svg", "a.png"))


def test_a_look_decides_nothing_of_what_counts(write: Write) -> None:
    plain, pink = load_board(write("")), load_board(write('accent = "#ff44dd"'))
    assert plain.definition == pink.definition
    assert repr(plain) != repr(pink)


MISTAKES = {
    'accent = "pink"': "accent: is 'pink'; write a colour such as \"#37d6a0\"",
    'ground = "#fff"\ntext = "#cccccc"': (
        "text: is #cccccc, which has a contrast of 1.6 with the ground #ffffff; it needs 4.5, as"
    ),
    'accent = "#1a2030"': "it needs 3, as",
    '[look.groups]\nBlue = "#000080"': "groups.Blue: is #000080, which has a contrast of 1.",
    'logo = "../secret.png"': "write the name of a file in the folder",
    'logo = ".hidden"': "write the name of a file",
    "logo = 7": "write the name of a file",
    'sponsors = "a.png"': 'write a list of files, such as ["bank.svg", "baker.png"]',
    "sponsors = [" + '"a.png",' * 25 + "]": "list at most 24",
    'colour = "#ffffff"': "colour: is not a field of a board",
}


@pytest.mark.parametrize(("look", "message"), MISTAKES.items(), ids=range(len(MISTAKES)))
def test_a_mistake_names_the_field_and_what_to_write(write: Write, look: str, message: str) -> None:
    with pytest.raises(BoardError) as refused:
        load_board(write(look))
    assert "gala.toml: look." in str(refused.value)
    assert message in str(refused.value)


def test_the_colour_that_a_mistake_names_is_taken(write: Write) -> None:
    with pytest.raises(BoardError) as refused:
        load_board(write('ground = "#fff"\ntext = "#cccccc"'))
    better = str(refused.value).split('as "')[1][:7]
    assert load_board(write(f'ground = "#fff"\ntext = "{better}"')).look is not None


KINDS = {
    "logo": [(PNG, ".png"), (SVG, ".svg"), (b"\xff\xd8\xff\xe0..", ".jpg")],
    "font": [(b"wOF2....", ".woff2"), (b"\0\1\0\0....", ".ttf"), (b"OTTO....", ".otf")],
    "sponsors": [(b"RIFF....WEBPVP8 ", ".webp")],
}


@pytest.mark.parametrize(
    ("field", "content", "suffix"),
    [(field, *kind) for field, kinds in KINDS.items() for kind in kinds],
)
def test_what_a_file_is_is_told_by_its_content(
    tmp_path: Path, field: str, content: bytes, suffix: str
) -> None:
    (tmp_path / "file.exe").write_bytes(content)
    file = read_look_file(tmp_path, field, "file.exe")
    assert file.kind.suffix == suffix
    assert file.address.endswith(suffix)
    assert len(file.address) == 20 + len(suffix)


@pytest.mark.parametrize(
    ("field", "content", "why"),
    [
        ("logo", b"<html><svg></svg><script>alert(1)</script>", "has scripts in it"),
        ("logo", SVG.replace(b"</svg>", b"<SCRIPT>x</SCRIPT></svg>"), "has scripts in it"),
        ("logo", SVG.replace(b"></svg>", b">Baker & Son</svg>"), "is not a complete SVG"),
        ("logo", b"plain text", "is not a picture"),
        ("logo", b"", "is not a picture"),
        ("logo", b"wOF2....", "is not a picture"),
        ("font", PNG, "is not a font"),
        ("sponsors", PNG + bytes(310_000), "has more than 300 KB"),
    ],
)
def test_a_file_that_cannot_be_shown_is_refused_with_the_reason(
    tmp_path: Path, field: str, content: bytes, why: str
) -> None:
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(LookError, match=f"file: look.{field}: {why}"):
        read_look_file(tmp_path, field, "file")


def test_only_files_of_the_folder_are_read(tmp_path: Path) -> None:
    folder = tmp_path / "gala"
    folder.mkdir()
    (tmp_path / "secret.png").write_bytes(PNG)
    (folder / "link.png").symlink_to(tmp_path / "secret.png")
    for name in ("link.png", "../secret.png", "missing.png", "."):
        with pytest.raises(LookError):
            read_look_file(folder, "logo", name)


def test_a_file_that_cannot_be_used_leaves_the_others(write: Write) -> None:
    path = write('logo = "missing.svg"\nsponsors = ["a.png", "b.png"]')
    folder = path.with_suffix("")
    folder.mkdir()
    (folder / "a.png").write_bytes(PNG)
    look = load_board(path).look
    assert look is not None
    files = read_look_files(look)
    assert (files.logo, [one.name for one in files.sponsors]) == (None, ["a.png"])
    assert [str(error).split(": ")[1] for error in files.errors] == ["look.logo", "look.sponsors"]
