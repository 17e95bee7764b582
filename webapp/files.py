"""The limit of open files, which also limits connections: each is one file."""

import resource
from functools import cache

# Reserved for Redis, the listening socket, the log and Python itself.
RESERVED_FILES = 100
# Tried in this order. macOS allows at most 10,240 (OPEN_MAX), whatever its hard limit says.
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
    """Return how many client connections the process may have, of all kinds."""
    return max(1, count_files() - RESERVED_FILES)


def _is_at_least(soft: int, wanted: int) -> bool:
    return soft == resource.RLIM_INFINITY or soft >= wanted
