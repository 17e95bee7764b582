"""Records the result of the function's last call, as Lambda does for an event source mapping."""

from typing import Any

from local.delivery import Invoke


class Outcome:
    """Observes calls of the function; `describe` tells what went wrong."""

    def __init__(self) -> None:
        self._trouble = ""

    def observe(self, invoke: Invoke) -> Invoke:
        """Return a function that calls `invoke` and records its result."""

        def call(event: dict[str, Any]) -> object:
            try:
                response = invoke(event)
            except Exception as error:
                self._trouble = f"the function fails ({type(error).__name__})"
                raise
            failures = response.get("batchItemFailures") if isinstance(response, dict) else None
            self._trouble = "the function could not count its last batch" if failures else ""
            return response

        return call

    def describe(self) -> str:
        """Return what went wrong with the last call; empty if it succeeded."""
        return self._trouble
