"""How many event streams a process serves, in all and to one address."""

from collections import Counter

# Of all streams, so much is kept for addresses that have none yet: whoever takes all others cannot
# keep a wall elsewhere from coming back.
RESERVED_SHARE = 0.02


class Limits:
    """Counts open streams by the client's address; "" is unknown, and not limited by itself."""

    def __init__(self, clients: int, clients_per_address: int) -> None:
        self._clients = clients
        self._clients_per_address = clients_per_address
        self._reserved = int(clients * RESERVED_SHARE)
        self._all = 0
        self._open: Counter[str] = Counter()

    def refuse(self, address: str) -> str | None:
        """Return why a further stream to an address is refused; None where it is not."""
        most = self._clients - (self._reserved if self._open[address] else 0)
        if self._all >= most:
            return f"this server has {self._all:,} open event streams, all that it serves"
        if self.is_full(address):
            return (
                f"{address} has {self._clients_per_address:,} open event streams,"
                " all that one address is served"
            )
        return None

    def is_full(self, address: str) -> bool:
        """Return whether an address has all the streams that one is served."""
        return bool(address) and self._open[address] >= self._clients_per_address

    def open(self, address: str) -> None:
        self._all += 1
        self._open[address] += 1

    def close(self, address: str) -> None:
        self._all -= 1
        self._open[address] -= 1
        if self._open[address] <= 0:
            del self._open[address]
