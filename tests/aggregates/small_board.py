"""A board file with as little as a board needs, and what a test adds to it."""

from collections.abc import Callable
from pathlib import Path

import pytest

BOARD = 'title = "Gala"\ntable = "t"\nkey = "id"\ngroup_by = "team"\n'

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """A function that writes the file and returns its path."""

    def write_file(text: str) -> Path:
        path = tmp_path / "gala.toml"
        path.write_text(BOARD + text)
        return path

    return write_file
