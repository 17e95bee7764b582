"""Errors of a donation or a file of donations, in words for the person who supplied it."""


class DonationError(Exception):
    """A donation, file or table cannot be used; the text says why and what to do."""


class Stopped(Exception):
    """The person or the system asked to stop during reading or writing."""
