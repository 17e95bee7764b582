"""Limits the event streams that a process serves, in total and per address."""

from collections import Counter

# This share of streams is reserved for addresses that have none yet: so nobody can use up all
# streams and keep a wall elsewhere from reconnecting.
RESERVED_SHARE = 0.02


class Limits:
    """Counts open streams by the client's address. "" is unknown and has no limit of its own."""

    def __init__(self, clients: int, clients_per_address: int) -> None:
        self._clients = clients
        self._clients_per_address = clients_per_address
        self._reserved = int(clients * RESERVED_SHARE)
        self._all = 0
        self._open: Counter[str] = Counter()

    def refuse(self, address: str) -> str | None:
        """Return why another stream to an address is refused; None if it is not."""
        most = self._clients - (self._reserved if self._open[address] else 0)
        if self._all >= most:
            return f"this server has {self._all:,} open event streams and serves no more"
        if self.is_full(address):
            return (
                f"{address} has {self._clients_per_address:,} open event streams;"
                " one address gets no more"
            )
        return None

    def is_full(self, address: str) -> bool:
        """Return whether an address has as many streams as one may have."""
        return bool(address) and self._open[address] >= self._clients_per_address

    def open(self, address: str) -> None:
        self._all += 1
        self._open[address] += 1

    def close(self, address: str) -> None:
        self._all -= 1
        self._open[address] -= 1
        if self._open[address] <= 0:
            del self._open[address]
