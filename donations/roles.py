"""The roles that columns may have for a board, and their names."""

from typing import NamedTuple

from aggregates.board import Board
from donations.answers import Answers
from donations.column_names import (
    AMOUNT_NAMES,
    CLOCK_NAMES,
    CURRENCY_NAMES,
    GROUP_NAMES,
    ID_NAMES,
    KIND_NAMES,
    REFERENCE_NAMES,
    REFUNDED_NAMES,
    STATUS_NAMES,
    TIME_NAMES,
    ZONE_NAMES,
    list_attribute_names,
    read_header,
)
from donations.source import FileError


class Role(NamedTuple):
    """A role of a column. `names` are plain headers, the most likely first, after `exact` ones."""

    name: str
    names: tuple[str, ...]
    is_needed: bool = False
    exact: tuple[str, ...] = ()


def list_roles(board: Board) -> list[Role]:
    """Return the roles that columns may have for a board, required ones first."""

    def own(*names: str) -> tuple[str, ...]:
        return tuple(read_header(name).name for name in names)

    roles = []
    if len(board.key) == 1:
        roles.append(Role("id", own(*board.key) + ID_NAMES, exact=board.key))
    else:
        roles += [Role(f"key:{name}", own(name), True, (name,)) for name in board.key]
    if board.time is not None:
        roles.append(Role("time", own(board.time) + TIME_NAMES, exact=(board.time,)))
        roles += [Role("clock", CLOCK_NAMES), Role("zone", ZONE_NAMES)]
    for number, measure in enumerate(board.measures):
        names = own(measure.attribute, measure.attribute.rpartition(".")[2], measure.name)
        more = AMOUNT_NAMES if number == 0 and len(board.measures) == 1 else ()
        roles.append(Role(f"measure:{measure.name}", names + more, True, (measure.attribute,)))
    currency = own(board.currency.attribute) if board.currency else ()
    group = own(board.group_by, board.group_by.rpartition(".")[2])
    roles += [
        Role("group", group + GROUP_NAMES, exact=(board.group_by,)),
        Role("currency", currency + CURRENCY_NAMES),
        Role("status", STATUS_NAMES),
        Role("kind", KIND_NAMES),
        Role("reference", REFERENCE_NAMES),
        Role("refunded", REFUNDED_NAMES),
    ]
    taken = {*board.key, board.time, board.group_by, *(m.attribute for m in board.measures)}
    shown = board.ticker.attributes if board.ticker else ()
    asked = [condition.attribute for condition in board.where if condition.one_of]
    roles += [
        Role(f"attribute:{name}", list_attribute_names(name), exact=(name,))
        for name in dict.fromkeys((*shown, *asked))
        if name not in taken
    ]
    return roles


def read_said(answers: Answers, board: Board, roles: list[Role]) -> dict[str, str]:
    """Return a person's answers about columns by role; a role may be named by its attribute.

    Raises `FileError` for a name that is not a role.
    """
    labels = {label_role(role.name): role.name for role in roles} | {
        role.name: role.name for role in roles
    }
    labels |= {measure.attribute: f"measure:{measure.name}" for measure in board.measures}
    if len(board.measures) == 1:
        labels["amount"] = f"measure:{board.measures[0].name}"
    if len(board.key) == 1:
        labels[board.key[0]] = "id"
    labels |= {board.group_by: "group", "platform": "group"}
    if board.time is not None:
        labels |= {board.time: "time", "date": "time"}
    said = {}
    for name, text in answers.columns.items():
        if name not in labels:
            raise FileError(
                f'a column cannot be "{name}"; choose one of {", ".join(sorted(labels))}'
            )
        said[labels[name]] = text
    return said


def label_role(role: str) -> str:
    """Return a role's name for a person."""
    return role.rpartition(":")[2]
