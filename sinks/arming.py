"""When a rule with a margin acts: once until the comparison was false beyond the margin.

The rule has a history of each item: its crossings and its rearmings, in the order in which they
were made. A rearming begins a new period, and each period with a crossing has one action: of its
first crossing, as far as is known when it acts. Because crossings without an action stay in the
history with the item that they would put, changes may come at any time and in any order.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from donations.image_json import Image
from sinks.kinds.rule import Rule
from sinks.state_items import EXPIRES, MOST_AGE_SECONDS, make_expiry

# What an item's history keeps at most; earlier ones are summed up. An item has at most 400 KB.
_MOST_MOVES = 50
_MOST_CHARACTERS = 200_000


class Move(NamedTuple):
    """A crossing or a rearming; `item` is what a crossing puts if it acts, None for a rearming.

    `begins` is whether it begins a period: a crossing does if the item was beyond the margin just
    before, or was not there.
    """

    at: str
    made_s: float
    begins: bool
    item: Image | None
    has_acted: bool = False


class History(NamedTuple):
    """The moves of an item after the place `start`; `is_held` is whether the rule had acted then.

    `version` counts its writes.
    """

    version: int = 0
    start: str = ""
    is_held: bool = False
    moves: tuple[Move, ...] = ()


def is_armed(rule: Rule, image: Image | None) -> bool:
    """Return whether an item is beyond the margin, or not there."""
    assert rule.margin is not None
    return image is None or rule.when.fails_beyond(image, rule.margin)


def add_move(history: History, move: Move) -> tuple[History, list[Move]]:
    """Return the history with a move, and the crossings that must act now.

    A move that is there, or is older than the history, changes nothing.
    """
    if move.at <= history.start or any(known.at == move.at for known in history.moves):
        return history, []
    moves = sorted((*history.moves, move), key=lambda one: one.at)
    due = {one.at for one in _find_due(moves, is_held=history.is_held)}
    moves = [one._replace(has_acted=one.has_acted or one.at in due) for one in moves]
    acting = [one for one in moves if one.at in due]
    return _sum_up(history._replace(version=history.version + 1, moves=tuple(moves))), acting


def _find_due(moves: Iterable[Move], *, is_held: bool) -> list[Move]:
    """Return the first crossing of each period that has no action."""
    due: list[Move] = []
    first, has_acted = None, is_held
    for move in moves:
        if move.begins:
            due += [first] if first is not None and not has_acted else []
            first, has_acted = None, False
        if move.item is not None:
            first, has_acted = first or move, has_acted or move.has_acted
    return due + ([first] if first is not None and not has_acted else [])


def _sum_up(history: History) -> History:
    """Return a history without its oldest moves: those beyond its size, and those too old."""
    newest_s = max(move.made_s for move in history.moves)
    moves, is_held, start = list(history.moves), history.is_held, history.start
    sizes = [0 if move.has_acted else len(str(move.item)) for move in moves]
    while (
        len(moves) > _MOST_MOVES
        or (len(moves) > 1 and sum(sizes[-len(moves) :]) > _MOST_CHARACTERS)
        or moves[0].made_s < newest_s - MOST_AGE_SECONDS
    ):
        first = moves.pop(0)
        # Each period with a crossing has had its action.
        start, is_held = first.at, first.item is not None
    return history._replace(moves=tuple(moves), is_held=is_held, start=start)


def encode_history(history: History) -> Image:
    """Return the attributes of a history; it expires unless the last move is a crossing."""
    newest_s = max(move.made_s for move in history.moves)
    return {
        "version": {"N": str(history.version)},
        "start": {"S": history.start},
        "is_held": {"BOOL": history.is_held},
        "moves": {"L": [{"M": _encode_move(move)} for move in history.moves]},
    } | ({} if history.moves[-1].item is not None else {EXPIRES: make_expiry(newest_s)})


def decode_history(item: Image | None) -> History:
    """Return a history from its attributes; an empty one without an item."""
    if item is None:
        return History()
    return History(
        version=int(item["version"]["N"]),
        start=item["start"]["S"],
        is_held=item["is_held"]["BOOL"],
        moves=tuple(_decode_move(one["M"]) for one in item["moves"]["L"]),
    )


def _encode_move(move: Move) -> Image:
    typed: Image = {
        "at": {"S": move.at},
        "made_s": {"N": f"{move.made_s:.3f}"},
        "begins": {"BOOL": move.begins},
    }
    if move.item is not None:
        # What has acted is never put again.
        typed["has_acted"] = {"BOOL": move.has_acted}
        typed["item"] = {"M": {} if move.has_acted else move.item}
    return typed


def _decode_move(typed: Any) -> Move:
    item = typed["item"]["M"] if "item" in typed else None
    has_acted = typed.get("has_acted", {}).get("BOOL", False)
    made_s, begins = float(typed["made_s"]["N"]), typed["begins"]["BOOL"]
    return Move(typed["at"]["S"], made_s, begins, item, has_acted)
