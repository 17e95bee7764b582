"""Errors that keep totals from being proven; their texts are for a person."""


class ReconcileError(Exception):
    """The totals could not be proven; the text says why and what to do."""


class BusyError(ReconcileError):
    """Another process is reconciling the board."""


class DataLostError(Exception):
    """Redis lost data while the table was read: what was read so far proves nothing."""

    def __init__(self, text: str = "Redis lost data while the table was read") -> None:
        super().__init__(text)
