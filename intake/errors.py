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
    """A provider that did not answer as it should; the next sweep asks again.

    `retry_seconds` is how long the provider wants to be left alone; 0 where it did not say.
    """

    def __init__(self, text: str, retry_seconds: float = 0.0) -> None:
        super().__init__(text)
        self.retry_seconds = retry_seconds


class Incomplete(Exception):
    """A provider that answered, but not all that it told can be counted; a person should know.

    A sweep raises it at its end, after all that can be counted.
    """
