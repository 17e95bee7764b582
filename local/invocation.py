"""What became of the function's last call: the local stand-in for what Lambda says of a mapping."""

from typing import Any

from local.delivery import Invoke


class Outcome:
    """Observes calls of the function; `describe` says what is wrong with them."""

    def __init__(self) -> None:
        self._trouble = ""

    def observe(self, invoke: Invoke) -> Invoke:
        """Return a function that calls `invoke`, and notes how that ends."""

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
        """Return what went wrong with the last call; empty where it went well."""
        return self._trouble
