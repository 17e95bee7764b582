"""A board's file in the test's folder."""

from pathlib import Path

import pytest

from tests.aggregates.fundraiser_file import GOOD, Write


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return a function that writes a board's file and returns its path."""

    def write_file(text: str = GOOD, name: str = "gala.toml") -> Path:
        path = tmp_path / name
        path.write_text(text, "utf-8")
        return path

    return write_file
