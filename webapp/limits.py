"""How many event streams a process serves, in all and to one address."""

from collections import Counter


class Limits:
    """Counts open streams by the client's address."""

    def __init__(self, clients: int, clients_per_address: int) -> None:
        self._clients = clients
        self._clients_per_address = clients_per_address
        self._all = 0
        self._open: Counter[str] = Counter()

    def refuse(self, address: str) -> str | None:
        """Return why a further stream to an address is refused; None where it is not."""
        if self._all >= self._clients:
            return f"this server has {self._clients:,} open event streams, all that it serves"
        if self._open[address] >= self._clients_per_address:
            return (
                f"{address} has {self._clients_per_address:,} open event streams,"
                " all that one address is served"
            )
        return None

    def open(self, address: str) -> None:
        self._all += 1
        self._open[address] += 1

    def close(self, address: str) -> None:
        self._all -= 1
        self._open[address] -= 1
        if self._open[address] <= 0:
            del self._open[address]
