"""Fields that sources of several providers have."""

from collections.abc import Mapping

from aggregates.board_fields import Fields
from intake.errors import Unreachable
from intake.fetching import require_safe


def read_environment(
    fields: Fields, field: str, environment: Mapping[str, str], example: str
) -> str:
    """Return the value of the environment variable that a field names; "" without the field."""
    name = fields.optional_text(field, example)
    return "" if name is None else read_variable(fields, field, name, environment)


def read_variable(fields: Fields, field: str, name: str, environment: Mapping[str, str]) -> str:
    """Return the secret that an environment variable has; a field names the variable."""
    value = environment.get(name)
    if not value:
        raise fields.error(
            field,
            f"names the environment variable {name}, which is not set; set it to the secret that"
            " the provider shows",
        )
    if not value.isascii() or not value.isprintable() or " " in value:
        raise fields.error(
            field, f"names the environment variable {name}, which has a blank or a line break"
        )
    return value


def read_api_url(fields: Fields, usual: str) -> str:
    """Return the address of a provider's API: the usual one, or a stand-in on this machine."""
    url = fields.optional_text("api_url", usual) or usual
    try:
        require_safe(url)
    except Unreachable:
        raise fields.error("api_url", f"is {url!r}; leave it out for {usual}") from None
    return url.rstrip("/")
