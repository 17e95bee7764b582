"""Checks the variable names after `make deploy`, and refuses a misspelt one.

Without this, `make deploy BORD=gala` would deploy the example board without a word.
"""

import difflib
import re
import shlex
from collections.abc import Iterable, Mapping

from infra.errors import DeployError

# Prefixes of other programs' variables, which may be set on the same line.
_OF_OTHERS = ("AWS_", "BUILDX_", "DOCKER_", "PIP_", "PYTHON", "HTTP", "NO_PROXY", "TMPDIR", "TSC")
_ASSIGNMENT = re.compile(r"(\w+)(?:[:+?!]*)=")
# How similar (0 to 1) a known name must be to be suggested.
_ALIKE = 0.6


def check_names(environment: Mapping[str, str], known: Iterable[str]) -> None:
    """Raise `DeployError` for a variable on make's command line that no verb here reads.

    Exported variables are not checked, because they may belong to other programs.
    """
    names = set(known)
    for name in list_make_variables(environment.get("MAKEFLAGS", "")):
        if name in names or name.upper().startswith(_OF_OTHERS):
            continue
        alike = difflib.get_close_matches(name.upper(), names, 1, _ALIKE)
        meant = f"did you mean {alike[0]}?" if alike else f"there are {', '.join(sorted(names))}"
        raise DeployError(f"{name} is not a variable of this command; {meant}")


def list_make_variables(flags: str) -> list[str]:
    """Return the names of variables set on make's command line, from MAKEFLAGS."""
    try:
        words = shlex.split(flags)
    except ValueError:
        # A value contains a quote. The names before it are still found.
        words = flags.split()
    return [found[1] for word in words if (found := _ASSIGNMENT.match(word))]
