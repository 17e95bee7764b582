"""What goes wrong with a donation or a file of them, in words for the person who gave it."""


class DonationError(Exception):
    """A donation, a file or a table that cannot be used; the text says why and what to do."""


class Stopped(Exception):
    """The person or the system asked to stop while something was read or written."""
