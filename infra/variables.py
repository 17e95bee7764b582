"""The names that an operator may write after `make deploy`: one that is misspelt is refused.

Without this, `make deploy BORD=gala` would deploy the example's board and say nothing.
"""

import difflib
import re
import shlex
from collections.abc import Iterable, Mapping

from infra.errors import DeployError

# Variables of other programs that an operator may set on the same line, by how they begin.
_OF_OTHERS = ("AWS_", "BUILDX_", "DOCKER_", "PIP_", "PYTHON", "HTTP", "NO_PROXY", "TMPDIR", "TSC")
_ASSIGNMENT = re.compile(r"(\w+)(?:[:+?!]*)=")
# How alike two names have to be, from 0 to 1, for one to be taken for the other.
_ALIKE = 0.6


def check_names(environment: Mapping[str, str], known: Iterable[str]) -> None:
    """Raise `DeployError` for a variable on make's command line that no verb here reads.

    Variables that were exported before are not looked at: whose they are, nobody can tell.
    """
    names = set(known)
    for name in list_make_variables(environment.get("MAKEFLAGS", "")):
        if name in names or name.upper().startswith(_OF_OTHERS):
            continue
        alike = difflib.get_close_matches(name.upper(), names, 1, _ALIKE)
        meant = f"did you mean {alike[0]}?" if alike else f"there are {', '.join(sorted(names))}"
        raise DeployError(f"{name} is no variable of this command; {meant}")


def list_make_variables(flags: str) -> list[str]:
    """Return the names that were set on make's command line, as MAKEFLAGS passes them on."""
    try:
        words = shlex.split(flags)
    except ValueError:
        # A value with a quote of its own. The names before it are still found.
        words = flags.split()
    return [found[1] for word in words if (found := _ASSIGNMENT.match(word))]
