"""The engine with a guard taken out: `python -m tests.explore.engine_without GUARD FD`.

Runs that use it must go wrong, or the guard is not what keeps the rows exact.
"""

import sys
from typing import Any

from explore.engine import applying, file_state, querying, writing
from explore.engine.child import main
from explore.engine.columns import Columns
from explore.engine.database import Database

GUARDS = ("newer", "tombstone", "page", "place", "cut", "unmet", "file")


def take_out(guard: str) -> None:
    """Take one guard out of this process."""
    if guard == "newer":
        writing.drop_older = lambda _: None
    elif guard == "tombstone":
        write = applying.write_staged

        def forget(writer: Any, columns: Columns, version: int) -> None:
            write(writer, columns, version)
            writer.execute("DELETE FROM _gone")

        writing.write_staged = forget
    elif guard == "page":
        drop = applying.drop_touched
        writing.drop_touched = lambda writer, _: drop(writer, 2**60)
    elif guard == "place":

        def forget_place(writer: Any, guard_version: int) -> None:
            applying.drop_touched(writer, guard_version)
            writer.execute("UPDATE b SET _stream_seq = ''")

        writing.drop_touched = forget_place
    elif guard == "cut":
        begin = writing.begin_fill

        def begin_fill(database: Database, message: Any) -> Any:
            return begin(database, {**message, "cut": 0})

        writing.OPERATIONS = {**writing.OPERATIONS, "begin_fill": begin_fill}
    elif guard == "unmet":
        end = writing.end_fill

        def end_fill(database: Database, message: Any) -> Any:
            state: file_state.FileState = database.state
            database.state = state._replace(started=-1)
            return end(database, message)

        writing.OPERATIONS = {**writing.OPERATIONS, "end_fill": end_fill}
    elif guard == "file":

        def confirm(database: Database, _: Any) -> Any:
            database.confirm()
            return writing.tell(database, {})

        writing.OPERATIONS = {**writing.OPERATIONS, "confirm": confirm}
    elif guard == "check":
        querying.check_sql = lambda *_: None
    else:
        raise ValueError(guard)


if __name__ == "__main__":
    take_out(sys.argv[1])
    # The workers look operations up in their own module.
    from explore.engine import worker

    worker.OPERATIONS = writing.OPERATIONS
    sys.exit(main(sys.argv[2:]))
