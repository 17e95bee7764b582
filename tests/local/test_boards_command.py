"""`make boards`: every board in words, and every mistake."""

import argparse
from pathlib import Path

import pytest

from local.commands import boards
from tests.aggregates.board_files import AMOUNT, HEAD, load

AMOUNT_IN_WORDS = ", and the sum of amount (USD, in minor units, at most 100,000.00)"


def test_a_board_is_described_by_what_it_counts(tmp_path: Path) -> None:
    board = load(
        tmp_path,
        AMOUNT + "minor = true\nmost = 100_000",
        '[where]\nstatus = ["PAID", "COMPLETED"]\n_deleted = false\nseats = 2',
        "[period]\nfrom = 2026-11-21T18:00:00\nuntil = 2026-11-22",
        '[currency]\nattribute = "currency"\n[currency.rates]\nEUR = 1.08',
        '[groups]\nmissing = "None"\nknown = ["Phone", "Web"]\nothers = "Other"',
    )
    assert boards.describe_board(board).splitlines() == [
        "gala: Gala",
        "  counts   items of the table donations (key donationId) by platform" + AMOUNT_IN_WORDS,
        "  only     status is PAID or COMPLETED, and _deleted is false or absent, and seats is 2",
        "  period   from 2026-11-21 18:00:00Z, before 2026-11-22 00:00:00Z, by donatedAt",
        "  currency USD, by currency; 1 EUR = 1.08 USD; any other is rejected",
        "  groups   Phone, Web; others count as Other",
        "  groups   items without one count as None",
    ]


def test_every_mistake_is_printed_and_the_good_boards_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, text in (("good", HEAD), ("one", "title = 1"), ("two", "x = [")):
        (tmp_path / f"{name}.toml").write_text(text, "utf-8")
    monkeypatch.setenv("BOARDS", str(tmp_path))
    assert boards.run(argparse.Namespace()) == 1
    said = capsys.readouterr()
    assert "good: Gala\n" in said.out
    assert f"tallyboard: {tmp_path}/one.toml: title: is 1; write text in quotes" in said.err
    assert f"tallyboard: {tmp_path}/two.toml: is not TOML: " in said.err
