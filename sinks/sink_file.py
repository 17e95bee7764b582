"""Reads sinks' files, which are in the folder `sinks` beside the boards."""

from collections.abc import Iterable
from pathlib import Path

from aggregates.board_fields import BoardError, Fields, quote_value
from aggregates.board_name import NAME
from aggregates.toml_file import read_toml
from sinks.conflicts import find_conflict
from sinks.definition import Boards, Sink
from sinks.kinds import KINDS

# Beside the boards.
FOLDER = "sinks"


def load_sinks(folder: Path, boards: Boards) -> tuple[dict[str, Sink], list[BoardError]]:
    """Return the sinks of a folder that can be used, by name, and why the other files cannot.

    A folder that does not exist has no sinks. Raises nothing for a bad file.
    """
    return _load_files(sorted(folder.glob("*.toml")), boards)


def read_sinks(paths: str, boards: Boards) -> tuple[dict[str, Sink], list[BoardError]]:
    """Return the sinks beside the boards of `paths`, as `load_sinks` does.

    `paths` is a comma-separated list of board files and folders of them, as in `BOARDS`.
    """
    places = [Path(part) for part in map(str.strip, paths.split(",")) if part]
    folders = [(path if path.is_dir() else path.parent) / FOLDER for path in places]
    files = [file for folder in dict.fromkeys(folders) for file in sorted(folder.glob("*.toml"))]
    return _load_files(files, boards)


def _load_files(files: Iterable[Path], boards: Boards) -> tuple[dict[str, Sink], list[BoardError]]:
    sinks: dict[str, Sink] = {}
    errors: list[BoardError] = []
    for file in files:
        try:
            sink = _load_sink(file, boards)
            if sink.name in sinks:
                raise BoardError(f"{file}: there is a sink {sink.name!r} already; rename this file")
            if (conflict := find_conflict(sink, sinks.values())) is not None:
                raise BoardError(f"{file}: {conflict}")
        except BoardError as error:
            errors.append(error)
        else:
            sinks[sink.name] = sink
    return sinks, errors


def _load_sink(file: Path, boards: Boards) -> Sink:
    if not NAME.fullmatch(file.stem):
        raise BoardError(
            f"{file}: the file's name is the sink's name: use small letters, digits, - and _,"
            " begin with a letter, at most 63 characters"
        )
    fields = Fields(read_toml(file, "a sink"), file)
    kind = fields.text("kind", "replica")
    if kind not in KINDS:
        raise fields.error("kind", f"is {quote_value(kind)}; write one of {', '.join(KINDS)}")
    sink = KINDS[kind](file.stem, fields, boards)
    fields.refuse_unknown(f"a {kind}")
    return sink
