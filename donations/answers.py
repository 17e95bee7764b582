"""A person's answers about a file, and the questions that are open."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple

from donations.amount_text import DecimalMark
from donations.moment import DateOrder

# What to do with donations from an earlier import of the same list that this file lacks.
Gone = Literal["keep", "remove"]


@dataclass(frozen=True)
class Answers:
    """A person's answers about a file; only what the file leaves open needs one.

    `columns` maps a role such as `amount` to a header (or a column's number, from 1). `group` and
    `moment` replace columns that the file lacks; a moment without a time zone is in the board's.
    `statuses` says whether rows with an unknown status count. `source` names the list: files with
    the same name are versions of the same list.
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
    """A possible answer: its value and its meaning for a person."""

    value: str
    meaning: str


@dataclass(frozen=True)
class Question:
    """A question about a file; `name` says which of the `Answers` it is for.

    `choices` is empty if any text is an answer; `flag` is the answer on a command line.
    """

    name: str
    text: str
    flag: str
    choices: tuple[Choice, ...] = ()
    suggestion: str = ""
