"""What the engine's writer does for the service, one function an operation.

Each takes the database and the message, and returns what the service is told.
"""

from collections.abc import Callable, Mapping
from typing import Any

from explore.engine.applying import (
    count_different,
    count_staged,
    drop_older,
    drop_touched,
    stage,
    write_staged,
)
from explore.engine.database import Database
from explore.engine.tables import ROWS, quote_name

Message = Mapping[str, Any]
Told = dict[str, Any]


def apply(database: Database, message: Message) -> Told:
    """Take a batch of the stream: `changes`. What comes twice or late changes nothing."""
    with database.transaction() as state:
        later = [change for change in message["changes"] if change["made"] >= state.cut]
        if later:
            stage(database.writer, database.columns, later)
            drop_older(database.writer)
            if count_staged(database.writer):
                version = state.version + 1
                write_staged(database.writer, database.columns, version)
                database.note_state(state._replace(version=version))
    return _tell(database)


def begin_fill(database: Database, message: Message) -> Told:
    """Begin the fill `fill`: from now on, changes made before `cut` are not taken."""
    with database.transaction() as state:
        began = state._replace(
            fill=message["fill"], cut=message["cut"], started=state.version, filled=False, behind=""
        )
        database.note_state(began)
    return _tell(database)


def fill_page(database: Database, message: Message) -> Told:
    """Take a page of the fill `fill`: `rows` as they were read after the version `guard`."""
    with database.transaction() as state:
        if state.fill != message["fill"]:
            return _tell(database) | {"is_over": True}
        changes = [
            {"key": row["key"], "at": "", "made": 0.0, "row": row} for row in message["rows"]
        ]
        stage(database.writer, database.columns, changes)
        drop_touched(database.writer, message["guard"])
        corrected = count_different(database.writer)
        if count_staged(database.writer):
            version = state.version + 1
            write_staged(database.writer, database.columns, version)
            database.note_state(state._replace(version=version))
    return _tell(database) | {"corrected": corrected}


def end_fill(database: Database, message: Message) -> Told:
    """End the fill `fill`: what the scan did not meet, and nothing changed since, is gone.

    `forget` is a time: of what was deleted before, nothing needs to be known any more.
    """
    with database.transaction() as state:
        if state.fill != message["fill"]:
            return _tell(database) | {"is_over": True}
        version = state.version + 1
        unmet = f"FROM {ROWS} WHERE _touched <= {state.started:d}"
        gone = database.writer.execute(
            f"INSERT INTO _gone SELECT key, _stream_seq, {version:d}, ? {unmet} RETURNING key",
            [state.cut],
        ).fetchall()
        database.writer.execute(f"DELETE {unmet}")
        database.writer.execute("DELETE FROM _gone WHERE made < ?", [message["forget"]])
        database.note_state(state._replace(version=version, fill="", filled=True))
    database.confirm()
    return _tell(database) | {"corrected": len(gone)}


def abandon_fill(database: Database, message: Message) -> Told:
    """Note that the fill `fill` will not end, unless it has ended or another one has begun."""
    if database.state.fill == message["fill"]:
        return note_behind(database, {"why": "a fill did not end"})
    return _tell(database)


def note_behind(database: Database, message: Message) -> Told:
    """Note that changes are missing, and why: only a fill makes up for them."""
    with database.transaction() as state:
        if not state.behind:
            database.note_state(state._replace(behind=message["why"]))
    return _tell(database)


def confirm(database: Database, message: Message) -> Told:
    """Take note of what the sink has taken: `epoch` and `version` of the file that took it.

    A file that was lost, or is an old copy, does not have it, and is filled again.
    """
    state = database.state
    if message["epoch"] in ("", state.epoch) and message["version"] <= state.version:
        database.confirm()
    else:
        note_behind(database, {"why": "the file is not the one that took the last changes"})
    return _tell(database)


def tell(database: Database, _: Message) -> Told:
    """Return the file's state."""
    return _tell(database)


def compare(database: Database, message: Message) -> Told:
    """Return the keys of `rows` that are not stored so."""
    with database.transaction():
        changes = [
            {"key": row["key"], "at": "", "made": 0.0, "row": row} for row in message["rows"]
        ]
        stage(database.writer, database.columns, changes)
        values = [f"t.{name} IS DISTINCT FROM b.{name}" for name in _names(database)]
        differs = " OR ".join(["CAST(t.item AS VARCHAR) <> CAST(b.item AS VARCHAR)", *values])
        keys = database.writer.execute(
            f"SELECT key FROM b LEFT JOIN {ROWS} t USING (key)"
            f" WHERE t.key IS NULL OR {differs} ORDER BY key"
        ).fetchall()
    return _tell(database) | {"different": [key for (key,) in keys]}


def list_keys(database: Database, message: Message) -> Told:
    """Return at most 1,000 keys of rows after the key `after`, in order."""
    keys = database.writer.execute(
        f"SELECT key FROM {ROWS} WHERE key > ? ORDER BY key LIMIT 1000", [message["after"]]
    ).fetchall()
    return {"keys": [key for (key,) in keys]}


OPERATIONS: Mapping[str, Callable[[Database, Message], Told]] = {
    "apply": apply,
    "begin_fill": begin_fill,
    "fill_page": fill_page,
    "end_fill": end_fill,
    "abandon_fill": abandon_fill,
    "note_behind": note_behind,
    "confirm": confirm,
    "tell": tell,
    "compare": compare,
    "list_keys": list_keys,
}


def _names(database: Database) -> list[str]:
    return [quote_name(column.name) for column in database.columns.all]


def _tell(database: Database) -> Told:
    state = database.state
    return {
        "epoch": state.epoch,
        "version": state.version,
        "is_filled": state.filled,
        "behind": state.behind,
        "is_live": database.is_live,
    }
