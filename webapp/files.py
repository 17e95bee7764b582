"""How many files the system lets the process open: each connection is one."""

import resource
from functools import cache

# Kept free of clients: for Redis, the listening socket, the log, Python's own.
RESERVED_FILES = 100
# Asked for in this order. macOS takes no more than 10,240 (OPEN_MAX), whatever its hard limit says.
_WANTED_FILES = (65_536, 10_240)


def raise_file_limit() -> int:
    """Raise the soft limit of open files as far as the system allows; return the limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for wanted in _WANTED_FILES:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        if _is_at_least(soft, most):
            break
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        except (OSError, ValueError):
            continue
        break
    most_connections.cache_clear()
    return count_files()


def count_files() -> int:
    """Return how many files may be open."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return 2**31 if soft == resource.RLIM_INFINITY else soft


@cache
def most_connections() -> int:
    """Return how many connections the process may have, of all kinds."""
    return max(1, count_files() - RESERVED_FILES)


def _is_at_least(soft: int, wanted: int) -> bool:
    return soft == resource.RLIM_INFINITY or soft >= wanted
