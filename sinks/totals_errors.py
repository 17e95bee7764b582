"""The error of a totals table that cannot be used."""


class TotalsError(ValueError):
    """A totals table cannot be used; the text says why, and what to do."""
