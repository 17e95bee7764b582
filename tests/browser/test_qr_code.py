"""The codes that the help page makes are those that another encoder makes."""

from collections.abc import Callable
from typing import Any

import pytest
import segno
import segno.encoder

pytestmark = pytest.mark.browser

Call = Callable[..., Any]

LINK = "http://192.168.1.20:8000/?board=gala&overlay=strip&at=top-left&theme=dark&lang=de"


# One or two lengths of every version, and both ends of the smallest and the largest.
@pytest.mark.parametrize("length", [1, 14, 15, 42, 62, 84, 106, 122, 152, 180, 181, 213])
def test_a_code_is_the_one_of_another_encoder(
    length: int, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Bytes end at a codeword's boundary, where segno still adds eight bits: readers skip them.
    monkeypatch.setattr(segno.encoder, "write_padding_bits", lambda *_: None)
    text = (LINK * 3)[:length]
    for mask in range(8):
        made = call("qr_code.makeCode", text, mask)
        theirs = segno.make(text, error="m", mode="byte", mask=mask, micro=False, boost_error=False)
        assert made == [[bool(cell) for cell in row] for row in theirs.matrix]


def test_letters_beyond_ascii_are_bytes(call: Call) -> None:
    text = "https://example.org/Würste-東京"
    theirs = segno.make(
        text, error="m", mode="byte", mask=2, micro=False, boost_error=False, encoding="utf-8"
    )
    assert len(call("qr_code.makeCode", text)) == len(theirs.matrix)


def test_what_is_too_long_for_a_code_has_none(call: Call) -> None:
    assert call("qr_code.makeCode", "a" * 214) is None
