"""DuckDB's settings, and the limits of the process."""

import ctypes
import resource
import signal
import sys
from pathlib import Path

import duckdb

from explore.limits import Limits

_PR_SET_PDEATHSIG = 1
_MB = 2**20

Config = dict[str, str | bool | int | float | list[str]]


def limit_process(limits: Limits) -> None:
    """Limit this process' memory, and have the kernel end it with its parent.

    DuckDB's own limits end at a scalar function (`repeat`, `lpad`); this one holds.
    """
    size = (limits.memory_mb + limits.process_extra_mb) * _MB
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def make_config(limits: Limits, boards: int, temporary: Path) -> Config:
    """Return the settings of one board's database, of so many."""
    return {
        "enable_external_access": "false",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "allow_community_extensions": "false",
        "allow_extension_repositories": "forbidden",
        "allow_persistent_secrets": "false",
        "python_enable_replacements": "false",
        "memory_limit": f"{max(64, limits.memory_mb // boards)}MB",
        "threads": str(limits.workers),
        "max_execution_time": str(limits.longest_ms),
        # Without a place to spill, a query can take the memory that a commit of the writer needs,
        # and that invalidates the database.
        "temp_directory": str(temporary),
        "max_temp_directory_size": f"{max(64, limits.temporary_mb // boards)}MB",
    }


def open_readers(
    writer: duckdb.DuckDBPyConnection, limits: Limits
) -> list[duckdb.DuckDBPyConnection]:
    """Return a connection for each worker; afterwards nobody can change a setting any more."""
    writer.execute("SET GLOBAL TimeZone = 'UTC'")
    readers = [writer.cursor() for _ in range(limits.workers)]
    for reader in readers:
        # This one is a connection's own, so connections are made before the lock, and kept.
        reader.execute(f"SET operator_memory_limit = '{limits.operator_mb}MB'")
        reader.execute("SET TimeZone = 'UTC'")
    writer.execute("SET lock_configuration = true")
    return readers
