"""Fields that sources of several providers have."""

import re
from collections.abc import Mapping

from aggregates.board_fields import Fields
from intake.errors import Unreachable
from intake.fetching import require_safe

# As variables are usually called; secrets rarely are.
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]{0,79}", re.ASCII)


def read_environment(
    fields: Fields, field: str, environment: Mapping[str, str], example: str
) -> str:
    """Return the value of the environment variable that a field names; "" without the field."""
    name = fields.optional_text(field, example)
    return "" if name is None else read_variable(fields, field, name, environment, example)


def read_variable(
    fields: Fields,
    field: str,
    name: str,
    environment: Mapping[str, str],
    example: str = "SOURCE_SECRET",
) -> str:
    """Return the secret that an environment variable has; a field names the variable."""
    value = environment.get(name)
    if not value and not _VARIABLE.fullmatch(name):
        # It is not quoted: it may be a secret.
        raise fields.error(
            field,
            "names no environment variable that is set. Is it the secret itself? Put that into a"
            f' variable, and write the variable\'s name here, such as {field} = "{example}"',
        )
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
