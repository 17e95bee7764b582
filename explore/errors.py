"""Why the engine does not answer."""


class EngineError(Exception):
    """The engine does not answer; the text is for the person who asked."""


class QueryRefused(EngineError):
    """The query cannot be run; `position` is the character where, from 0, if that is known."""

    def __init__(self, message: str, position: int | None = None) -> None:
        super().__init__(message)
        self.message, self.position = message, position


class QueryTimeout(EngineError):
    """The query took longer than its limit."""


class EngineBusy(EngineError):
    """Too many queries wait; ask again later."""


class EngineRestarted(EngineError):
    """The engine ended while it worked on this, and starts again; ask again."""
