"""Typed parameters: an address has only texts."""

import pytest

from explore.parameters import KINDS, ParameterError


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("text", "Phone", "Phone"),
        ("text", "", ""),
        ("integer", "-25", -25),
        ("number", "25.50", 25.5),
        ("number", "1e3", 1000.0),
        ("number", "-.5", -0.5),
        ("boolean", "true", True),
        ("date", "2026-11-21", "2026-11-21"),
        ("time", "2026-11-21T19:30:00+02:00", "2026-11-21 17:30:00"),
        ("time", "2026-11-21T19:30:00.5Z", "2026-11-21 19:30:00.500000"),
    ],
)
def test_a_text_becomes_a_value(kind: str, text: str, value: object) -> None:
    assert KINDS[kind](text) == value


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("text", "a" * 2001),
        ("integer", "1.5"),
        ("integer", "1_000"),
        ("integer", "٣"),
        ("integer", "9" * 19),
        ("number", "nan"),
        ("number", "inf"),
        ("number", "1e999"),
        ("number", "1_0"),
        ("number", ""),
        ("number", "."),
        ("boolean", "yes"),
        ("date", "21.11.2026"),
        ("time", "2026-11-21T19:30:00"),
        ("time", "0001-01-01T00:00:00+14:00"),
        ("time", "now"),
    ],
)
def test_a_text_that_is_none_is_refused(kind: str, text: str) -> None:
    with pytest.raises(ParameterError, match=r"write|at most"):
        KINDS[kind](text)
