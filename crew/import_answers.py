"""Reads a helper's answers about a file: from form fields to `Answers`."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, tzinfo

from crew.forms import FormError
from crew.plain_text import clean_text
from donations.answers import Answers
from donations.moment import MomentError, parse_moment

# A form field's name is this prefix and the question's name.
PREFIX = "a-"
_MAX_CHARACTERS = 200


def pick_answers(form: Mapping[str, object]) -> dict[str, str]:
    """Return a form's answers by the question's name."""
    return {
        name.removeprefix(PREFIX): clean_text(value)[:_MAX_CHARACTERS]
        for name, value in form.items()
        if name.startswith(PREFIX) and isinstance(value, str) and value.strip()
    }


def read_answers(said: Mapping[str, str], zone: tzinfo) -> Answers:
    """Return the answers, parsed; raise `FormError` for one that is invalid."""
    answers = Answers()
    for name, text in said.items():
        kind, _, detail = name.partition(":")
        if kind == "column":
            answers = replace(answers, columns={**answers.columns, detail: text})
        elif kind == "status":
            answers = replace(answers, statuses={**answers.statuses, detail: text == "yes"})
        elif kind == "order":
            answers = replace(answers, order="month" if text == "month" else "day")
        elif kind == "mark":
            answers = replace(answers, mark="," if text == "," else ".")
        elif kind == "moment":
            answers = replace(answers, moment=_read_moment(text, zone))
        elif kind == "group":
            answers = replace(answers, group=text)
        elif kind == "source":
            answers = replace(answers, source=text)
        elif kind == "gone":
            answers = replace(answers, gone="remove" if text == "remove" else "keep")
    return answers


def _read_moment(text: str, zone: tzinfo) -> datetime:
    if text.casefold() == "now":
        return datetime.now(UTC)
    try:
        return parse_moment(text, zone, "day")
    except MomentError as error:
        raise FormError(f"The time {error}.") from error
