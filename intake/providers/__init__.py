"""The providers, a module each: its name is what the file of sources writes.

A module has `open_provider(source, fields, environment)`, which returns a `Provider` and, where the
provider can be asked, a `Sweeper`. It reads its own fields of the source, and raises by
`fields.error` what is wrong with them. A new module is listed here by itself.
"""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from aggregates.board_fields import Fields
from intake.request import Provider, Sweeper
from intake.source import Source


@cache
def list_providers() -> tuple[str, ...]:
    """Return the names of the providers."""
    return tuple(sorted(module.name for module in iter_modules(__path__)))


def open_provider(
    source: Source, fields: Fields, environment: Mapping[str, str]
) -> tuple[Provider, Sweeper | None]:
    """Return the provider of a source, and what asks it; raise `BoardError` for a mistake."""
    module = import_module(f"{__name__}.{source.provider}")
    opened: tuple[Provider, Sweeper | None] = module.open_provider(source, fields, environment)
    return opened
