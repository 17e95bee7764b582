"""Why totals could not be proven; the texts are for a person."""


class ReconcileError(Exception):
    """The totals could not be proven; the text says why and what to do."""


class BusyError(ReconcileError):
    """Another run is at it."""


class DataLostError(Exception):
    """Redis lost data while the table was read: what was read so far proves nothing."""

    def __init__(self, text: str = "Redis lost data meanwhile") -> None:
        super().__init__(text)
