"""Reads board files: TOML to `Board`. Every error names the file, the field and the fix."""

from pathlib import Path

from aggregates.board import Board
from aggregates.board_conditions import read_period, read_where
from aggregates.board_fields import BoardError as BoardError
from aggregates.board_fields import Fields, quote_value, read_key_names
from aggregates.board_give import read_give
from aggregates.board_groups import read_groups
from aggregates.board_look import read_look
from aggregates.board_measures import read_currency, read_goal, read_measures
from aggregates.board_name import NAME
from aggregates.board_ticker import read_thanks, read_ticker
from aggregates.board_time import read_time_unit, read_time_zone, read_timeline
from aggregates.board_words import read_language, read_words
from aggregates.toml_file import read_toml

_MAX_SHOWN = 200
_DEFAULT_SHOWN = 50
# QR codes, and the headers of the servers that a link leads to, have a limit.
_MAX_URL_CHARACTERS = 2000


def load_board(path: Path) -> Board:
    """Return the board that a TOML file defines; its name is the file's, without `.toml`.

    Raises `BoardError`.
    """
    if not NAME.fullmatch(path.stem):
        raise BoardError(
            f"{path}: the file's name is the board's name: use small letters, digits, - and _,"
            " begin with a letter, at most 63 characters"
        )
    values = read_toml(path, "a board")
    try:
        return _read_board(path.stem, Fields(values, path))
    except BoardError:
        raise
    except RecursionError:
        raise BoardError(f"{path}: is nested too deeply; a board needs no list in a list") from None
    except ValueError as error:
        raise BoardError(f"{path}: cannot be used: {str(error)[:200]}") from error


def load_boards(paths: str) -> dict[str, Board]:
    """Return boards by name from a comma-separated list of TOML files and folders of them.

    Raises `BoardError` also when there is no board, or two have the same name.
    """
    boards, errors = read_boards(paths)
    if errors:
        raise errors[0]
    return boards


def read_boards(paths: str) -> tuple[dict[str, Board], list[BoardError]]:
    """Return the boards that can be used, by name, and why the other files cannot.

    `paths` is a comma-separated list of TOML files and folders of them. If there is no board at
    all, that is one error.
    """
    boards: dict[str, Board] = {}
    errors: list[BoardError] = []
    for file in _find_files(paths):
        try:
            board = load_board(file)
            _refuse_conflict(file, board, boards)
        except BoardError as error:
            errors.append(error)
        else:
            boards[board.name] = board
    if not boards and not errors:
        errors.append(
            BoardError(f"BOARDS={paths!r} holds no board; name a TOML file, or a folder of them")
        )
    return boards, errors


def _find_files(paths: str) -> list[Path]:
    files: list[Path] = []
    for text in filter(None, (part.strip() for part in paths.split(","))):
        path = Path(text)
        files += sorted(path.glob("*.toml")) if path.is_dir() else [path]
    return files


def _refuse_conflict(file: Path, board: Board, boards: dict[str, Board]) -> None:
    if board.name in boards:
        raise BoardError(f"{file}: there is a board {board.name!r} already; rename this file")
    for other in boards.values():
        if other.table == board.table and other.key != board.key:
            raise BoardError(
                f"{file}: key: is {', '.join(board.key)}, but the board {other.name} says that"
                f" the table {board.table} has {', '.join(other.key)}; correct one of them"
            )


def _read_board(name: str, fields: Fields) -> Board:
    title = fields.text("title", "Live fundraiser")
    table = fields.text("table", "donations")
    key = read_key_names(fields)
    group_by = fields.text("group_by", "platform")
    time = fields.optional_text("time", "donatedAt")
    time_zone, time_unit = read_time_zone(fields, time), read_time_unit(fields, time)
    measures = read_measures(fields)
    groups = read_groups(fields)
    has_name_for_missing = groups.missing is not None or groups.skip_missing
    needed = {*key, *([time] if time else []), *([] if has_name_for_missing else [group_by])}
    running_total = fields.boolean("running_total")
    donate_url = _read_donate_url(fields)
    bucket_seconds, lines = read_timeline(fields, time, groups, running_total=running_total)
    ticker = read_ticker(fields, measures, time)
    board = Board(
        name=name,
        title=title,
        table=table,
        key=key,
        group_by=group_by,
        measures=measures,
        time=time,
        goal=read_goal(fields, measures),
        bucket_seconds=bucket_seconds,
        lines=lines,
        ticker=ticker,
        thanks=read_thanks(fields, measures, ticker),
        donate_url=donate_url,
        give=read_give(fields, donate_url, time_zone),
        time_zone=time_zone,
        time_unit=time_unit,
        where=read_where(fields, measures, needed),
        period=read_period(fields, time, time_zone),
        currency=read_currency(fields, measures),
        groups=groups,
        shown=_read_shown(fields),
        running_total=running_total,
        is_rehearsal=fields.boolean("rehearsal"),
        look=read_look(fields),
        words=read_words(fields),
        language=read_language(fields),
    )
    fields.refuse_unknown()
    return board


def _read_shown(fields: Fields) -> int:
    if fields.take("shown") is None:
        return _DEFAULT_SHOWN
    return fields.integer("shown", 1, _MAX_SHOWN)


def _read_donate_url(fields: Fields) -> str | None:
    url: str | None = fields.get(
        "donate_url", str, 'an address, such as "https://example.org/give"'
    )
    if url is None:
        return None
    if not url.startswith(("https://", "http://")):
        raise fields.error(
            "donate_url", f"is {quote_value(url)}; write an address that begins with https://"
        )
    if len(url) > _MAX_URL_CHARACTERS:
        raise fields.error(
            "donate_url",
            f"has {len(url):,} characters; write an address of at most {_MAX_URL_CHARACTERS:,}",
        )
    return url
