"""A source: whom donations come from, and where they go."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from aggregates.board import Board

# What donors write, and how boards call it; the first that a board's ticker lists is filled.
_TEXT_NAMES = {
    "name": ("name", "donorName", "donor_name", "displayName", "donor"),
    "comment": ("comment", "message", "donorComment", "donor_comment"),
}


@dataclass(frozen=True)
class Source:
    """One entry of the file of sources.

    `platform` is the group that its donations count for. `secrets` are what its provider signs
    with: more than one while a secret is being replaced. With `is_test`, the provider's test money
    counts, and no other. `public_url` is the address the provider was given, without a slash at
    the end.
    """

    name: str
    provider: str
    board: Board
    platform: str
    secrets: tuple[str, ...] = ()
    is_test: bool = False
    public_url: str = ""
    text_attributes: Mapping[str, str] = field(default_factory=dict)


def find_text_attributes(board: Board) -> dict[str, str]:
    """Return the attributes for names and comments that a board's ticker asks for, by kind."""
    listed = board.ticker.attributes if board.ticker else ()
    found = {}
    for kind, names in _TEXT_NAMES.items():
        name = next((name for name in names if name in listed), None)
        if name is not None:
            found[kind] = name
    return found
