"""Slows down guessing of the crew's code."""

import ipaddress
import time
from collections import deque
from collections.abc import Callable

# This many wrong codes cost nothing; each further one doubles the wait.
_FREE_GUESSES = 5
_FIRST_WAIT_SECONDS = 2.0
_LONGEST_WAIT_SECONDS = 300.0
# A limit on wrong codes from all addresses together, because a botnet has many addresses.
_ALL_GUESSES = 100
_ALL_SECONDS = 60.0
# The most addresses to remember; the one that was quiet for longest is dropped.
_MAX_ADDRESSES = 10_000


class Guesses:
    """Counts wrong codes by address and in total.

    `clock` returns monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        # Address → wrong codes in a row, and the time until which it has to wait.
        self._wrong: dict[str, tuple[int, float]] = {}
        self._recent: deque[float] = deque()

    def wait_seconds(self, address: str) -> float:
        """Return how long an address has to wait before its next guess; 0 for no wait."""
        now = self._clock()
        _, until = self._wrong.get(_network(address), (0, 0.0))
        while self._recent and now - self._recent[0] >= _ALL_SECONDS:
            self._recent.popleft()
        if len(self._recent) >= _ALL_GUESSES:
            until = max(until, self._recent[0] + _ALL_SECONDS)
        return max(0.0, until - now)

    def note_wrong(self, address: str) -> None:
        """Count a wrong code from an address."""
        network, now = _network(address), self._clock()
        count, _ = self._wrong.pop(network, (0, 0.0))
        count += 1
        wait = 0.0
        if count >= _FREE_GUESSES:
            wait = min(_LONGEST_WAIT_SECONDS, _FIRST_WAIT_SECONDS * 2 ** (count - _FREE_GUESSES))
        self._wrong[network] = (count, now + wait)
        self._recent.append(now)
        while len(self._wrong) > _MAX_ADDRESSES:
            del self._wrong[next(iter(self._wrong))]

    def note_right(self, address: str) -> None:
        """Forget an address's wrong codes, because it knows the code."""
        self._wrong.pop(_network(address), None)


def _network(address: str) -> str:
    """Return what counts as one guesser: an IPv4 address, or a household's IPv6 network."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 6:
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network(f"{parsed}/64", strict=False))
    return str(parsed)
