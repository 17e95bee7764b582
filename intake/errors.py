"""What can be wrong with what comes from outside, each with its own answer."""


class Forged(Exception):
    """A request that its source did not sign, or signed too long ago: 401, and nothing is read."""


class Malformed(Exception):
    """A genuine request that says something impossible; who sent it can correct it: 400."""


class Unreadable(Exception):
    """A genuine request that this version cannot read: it is kept as it came, and 200.

    To refuse it would not help: the provider would send the same again, and switch the endpoint off
    after some time.
    """


class SourceError(Exception):
    """A mistake in the file of sources; the text names the file, the field and what to write."""


class Unreachable(Exception):
    """A provider that did not answer as it should; the next sweep asks again."""
