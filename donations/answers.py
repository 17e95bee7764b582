"""What a person said about a file, and what has to be asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple

from donations.amount_text import DecimalMark
from donations.moment import DateOrder

# What becomes of donations that an earlier import of the same list had and this file lacks.
Gone = Literal["keep", "remove"]


@dataclass(frozen=True)
class Answers:
    """What is known about a file beyond what it holds; nothing has to be said that is clear.

    `columns` are headers (or numbers of columns, from 1) by role, such as `amount`. `group` and
    `moment` stand in for columns that the file lacks; a moment without a time zone is in the
    board's. `statuses` says of a status that is not known
    whether such rows count. `source` is the name of the list: files of one name are versions of
    the same list.
    """

    encoding: str | None = None
    sheet: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    order: DateOrder | None = None
    mark: DecimalMark | None = None
    group: str | None = None
    moment: datetime | None = None
    statuses: Mapping[str, bool] = field(default_factory=dict)
    source: str | None = None
    gone: Gone | None = None


class Choice(NamedTuple):
    """One answer: its value, and what it means."""

    value: str
    meaning: str


@dataclass(frozen=True)
class Question:
    """What a file leaves open: `name` says which of `Answers` it is about.

    `choices` is empty where any text is an answer; `flag` is how a command line says it.
    """

    name: str
    text: str
    flag: str
    choices: tuple[Choice, ...] = ()
    suggestion: str = ""
