"""A server of one board, with a few gifts."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from aggregates.board_file import load_board
from tests.browser.conftest import open_window as open_window
from tests.conftest import ROOT
from tests.explore.served import Served, gift

OpenServed = Callable[..., Served]
GIFTS = [
    gift("d-1", 25, "Phone"),
    gift("d-2", "0.40", "Web"),
    gift("d-3", "0.40", "Web"),
    gift("d-4", "0.40", "Web"),
    gift("d-5", {"S": "ten"}, "Web"),
    gift("d-6", 100, "Phone", name={"S": "=HYPERLINK(1)"}),
]


@pytest.fixture
def open_served(tmp_path: Path) -> Iterator[OpenServed]:
    """Return a function that serves boards, by default one that is called gala."""
    opened: list[Served] = []

    def open_(*names: str, **options: Any) -> Served:
        board = load_board(ROOT / "boards/fundraiser.toml")
        boards = {name: replace(board, name=name) for name in names or ("gala",)}
        opened.append(Served(boards, tmp_path, **options))
        return opened[-1]

    yield open_
    for served in opened:
        served.close()


@pytest.fixture
def served(open_served: OpenServed) -> Served:
    """Return a server whose board has the gifts."""
    made = open_served()
    made.fill(GIFTS)
    return made
