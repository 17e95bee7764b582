"""The file of sources: TOML to `Source` and its provider. Every mistake names file and field.

    [sources.website]
    provider = "stripe"
    board = "gala"
    platform = "Website"
    secret = "STRIPE_WEBHOOK_SECRET"

`secret` is the name of an environment variable, which has the secret: a file of secrets is copied
and sent around too easily.
"""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from aggregates.board import ALL, Board
from aggregates.board_fields import BoardError, Fields
from aggregates.groups import MAX_GROUP_CHARACTERS
from donations.donation import takes_donations
from intake.errors import SourceError
from intake.projection import Projection
from intake.providers import list_providers, open_provider
from intake.request import Provider, Sweeper
from intake.source import Source, find_text_attributes
from intake.source_fields import read_variable

DEFAULT_FILE = "intake.toml"
_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}", re.ASCII)


class OpenSource(NamedTuple):
    """A source that is ready: what it sends is verified and read by `provider`."""

    source: Source
    provider: Provider
    sweeper: Sweeper | None
    projection: Projection


def find_sources_file(environment: Mapping[str, str]) -> Path:
    """Return the file of sources that `INTAKE` names, or `intake.toml`; it need not be there."""
    return Path(environment.get("INTAKE") or DEFAULT_FILE)


def load_sources(
    path: Path, boards: Mapping[str, Board], environment: Mapping[str, str]
) -> dict[str, OpenSource]:
    """Return the sources by name; raise `SourceError` for the first mistake."""
    sources, errors = read_sources(path, boards, environment)
    if errors:
        raise errors[0]
    return sources


def read_sources(
    path: Path, boards: Mapping[str, Board], environment: Mapping[str, str]
) -> tuple[dict[str, OpenSource], list[SourceError]]:
    """Return the sources that can be used, by name, and why the others cannot."""
    try:
        values = tomllib.loads(path.read_text("utf-8-sig"))
    except FileNotFoundError:
        return {}, [SourceError(f"{path}: is not there; docs/intake.md says how to write it")]
    except OSError as error:
        return {}, [SourceError(f"{path}: cannot be read: {error.strerror}")]
    except (ValueError, RecursionError) as error:
        return {}, [SourceError(f"{path}: is not TOML: {str(error)[:200]}")]
    fields = Fields(values, path)
    try:
        tables = fields.table("sources")
    except BoardError as error:
        return {}, [SourceError(str(error))]
    errors = []
    try:
        # Whatever stands elsewhere would take no donation, and nobody would be told.
        fields.refuse_unknown("a file of sources, which has [sources.NAME]")
    except BoardError as error:
        errors.append(SourceError(str(error)))
    if errors and tables is None:
        return {}, errors
    if tables is None or not tables.names():
        return {}, [SourceError(f"{path}: has no source; begin one by a line [sources.NAME]")]
    sources = {}
    for name in tables.names():
        try:
            sources[name] = _read_source(name, tables, boards, environment)
        except BoardError as error:
            errors.append(SourceError(str(error)))
    return sources, errors


def _read_source(
    name: str, tables: Fields, boards: Mapping[str, Board], environment: Mapping[str, str]
) -> OpenSource:
    fields = tables.table(name)
    if fields is None or not _NAME.fullmatch(name):
        raise tables.error(
            name, "is not the name of a source: use small letters, digits and -, a letter first"
        )
    provider = fields.text("provider", "stripe")
    if provider not in list_providers():
        known = ", ".join(list_providers())
        raise fields.error("provider", f"is {provider!r}; write one of {known}")
    board = _find_board(fields, boards)
    is_test = fields.boolean("test")
    if is_test and not board.is_rehearsal:
        raise fields.error(
            "test",
            f"is true, so test money would count; the board {board.name} is none for that: write"
            " rehearsal = true into its file, or take this line out",
        )
    source = Source(
        name=name,
        provider=provider,
        board=board,
        platform=_read_platform(fields),
        secrets=_read_secrets(fields, environment),
        is_test=is_test,
        public_url=environment.get("PUBLIC_URL", "").rstrip("/"),
        text_attributes=find_text_attributes(board),
    )
    opened, sweeper = open_provider(source, fields, environment)
    fields.refuse_unknown("a source")
    return OpenSource(source, opened, sweeper, Projection(source))


def _read_platform(fields: Fields) -> str:
    platform = fields.text("platform", "Website").strip()
    if platform == ALL:
        raise fields.error("platform", f"is {ALL!r}, which stands for all platforms together")
    if len(platform) > MAX_GROUP_CHARACTERS:
        raise fields.error("platform", f"has more than {MAX_GROUP_CHARACTERS} characters")
    return platform


def _find_board(fields: Fields, boards: Mapping[str, Board]) -> Board:
    name = fields.text("board", next(iter(boards), "gala"))
    if name not in boards:
        raise fields.error("board", f"is {name!r}; the boards are {', '.join(sorted(boards))}")
    board = boards[name]
    if not takes_donations(board):
        raise fields.error(
            "board",
            f"is {name!r}, which counts no donations: it needs one key attribute, and at most one"
            " measure",
        )
    return board


def _read_secrets(fields: Fields, environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the values of the environment variables that `secret` names; the newest first."""
    value: Any = fields.get(
        "secret", (str, list), 'the name of an environment variable, such as "STRIPE_SECRET"'
    )
    if value is None:
        return ()
    names = fields.texts(
        "secret", [value] if isinstance(value, str) else value, '["NEW_SECRET", "OLD_SECRET"]'
    )
    return tuple(read_variable(fields, "secret", name, environment) for name in names)
