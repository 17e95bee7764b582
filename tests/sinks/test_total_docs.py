"""The examples and numbers of the pages on sinks are those of the code."""

import re
from pathlib import Path

import pytest

from aggregates.board_file import load_boards
from sinks.page_site import BOARD_CACHE
from sinks.sink_file import load_sinks
from sinks.total_run import AT_LEAST_SECONDS, PAUSE_SECONDS
from sinks.totals_items import Items, Stamp, Told, tell
from sinks.totals_sink import LIVE_SECONDS
from tests.conftest import ROOT

BOARDS = load_boards(str(ROOT / "boards"))
PAGE = (ROOT / "docs/page.md").read_text("utf-8")
SINKS = (ROOT / "docs/sinks.md").read_text("utf-8")


def find_examples(kind: str) -> list[str]:
    """Return the indented blocks that define a sink of a kind."""
    blocks = re.findall(r"(?m)(?:^    .*\n)+", f"{SINKS}\n{PAGE}")
    return [block for block in blocks if f'kind = "{kind}"' in block]


@pytest.mark.parametrize(
    ("kind", "count"), [("totals", 1), ("page", 2), ("replica", 1), ("rule", 1)]
)
def test_each_example_is_a_sink(tmp_path: Path, kind: str, count: int) -> None:
    examples = find_examples(kind)
    assert len(examples) == count
    for number, text in enumerate(examples):
        (tmp_path / f"example-{number}.toml").write_text(text, "utf-8")
    sinks, errors = load_sinks(tmp_path, BOARDS)
    assert (len(sinks), errors) == (count, [])


def test_the_pages_have_the_numbers_of_the_code() -> None:
    silent = (ROOT / "static/trust.js").read_text("utf-8")
    assert "SILENT_AFTER_MS = 20_000" in silent
    assert "**20 s**" in PAGE
    polling = (ROOT / "static/polling.js").read_text("utf-8")
    assert "EVERY_MS = 2_000" in polling
    assert "EVERY_MS * (0.75 + Math.random() / 2)" in polling
    assert "every 1.5 to 2.5 s" in PAGE
    assert (PAUSE_SECONDS, AT_LEAST_SECONDS, LIVE_SECONDS) == (1, 10, 30)
    assert "at most once a second, and at least every 10 s" in PAGE
    assert "30 s after the last write" in SINKS
    assert PAGE.count(BOARD_CACHE) == 2


def test_every_attribute_of_the_total_is_explained() -> None:
    board = BOARDS["fundraiser"]
    told = tell(Told("live", "", "", "", ""))
    group = Items(board, "platform").make("Phone", {}, Stamp("e1", 1, ""))
    for name in (*told, *group, "groups", "as_of"):
        assert f"`{name}`" in SINKS or f'"{name}":' in SINKS
