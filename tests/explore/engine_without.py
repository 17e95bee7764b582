"""The engine with a guard taken out: `python -m tests.explore.engine_without GUARD FD`.

Runs that use it must go wrong, or the guard is not what keeps the rows exact.
"""

import sys
from types import ModuleType
from typing import Any

import duckdb

from explore.engine import applying, querying, worker, writing
from explore.engine.child import main
from explore.engine.columns import Columns
from explore.engine.database import Database

GUARDS = ("newer", "tombstone", "page", "place", "cut", "unmet", "file")


def take_out(guard: str) -> None:
    """Take one guard out of this process."""
    replaced: dict[str, Any] = {
        "newer": lambda: _replace(writing, "drop_older", lambda _: None),
        "tombstone": lambda: _replace(writing, "write_staged", _write_without_tombstones),
        "page": lambda: _replace(
            writing, "drop_touched", lambda writer, _: applying.drop_touched(writer, 2**60)
        ),
        "place": lambda: _replace(writing, "drop_touched", _forget_places),
        "cut": lambda: _replace_operation("begin_fill", _begin_without_cut),
        "unmet": lambda: _replace_operation("end_fill", _end_without_unmet),
        "file": lambda: _replace_operation("confirm", _confirm_any),
        "health": lambda: _replace_operation("list_keys", _lose_database),
        "check": lambda: _replace(querying, "check_sql", lambda *_: None),
    }
    replaced[guard]()


def _replace(module: ModuleType, name: str, by: Any) -> None:
    assert hasattr(module, name)
    setattr(module, name, by)


def _replace_operation(name: str, by: Any) -> None:
    assert name in writing.OPERATIONS
    _replace(worker, "OPERATIONS", {**writing.OPERATIONS, name: by})


def _write_without_tombstones(writer: Any, columns: Columns, version: int) -> None:
    applying.write_staged(writer, columns, version)
    writer.execute("DELETE FROM _gone")


def _forget_places(writer: Any, guard_version: int) -> None:
    applying.drop_touched(writer, guard_version)
    writer.execute("UPDATE b SET _stream_seq = ''")


def _begin_without_cut(database: Database, message: Any) -> Any:
    return writing.begin_fill(database, {**message, "cut": 0})


def _end_without_unmet(database: Database, message: Any) -> Any:
    database.state = database.state._replace(started=-1)
    return writing.end_fill(database, message)


def _lose_database(_: Database, __: Any) -> Any:
    raise duckdb.FatalException("the database has been invalidated")


def _confirm_any(database: Database, _: Any) -> Any:
    database.confirm()
    return writing.tell(database, {})


if __name__ == "__main__":
    take_out(sys.argv[1])
    sys.exit(main(sys.argv[2:]))
