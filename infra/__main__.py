"""`python -m infra VERB`, which make calls."""

import os
import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from botocore.exceptions import BotoCoreError, ClientError

from infra.account import find_account
from infra.bundle import make_bundle
from infra.checks import check_board, find_board
from infra.cost import describe_cost
from infra.deploy import deploy
from infra.destroy import destroy
from infra.errors import DeployError
from infra.explore import is_explored
from infra.options import read_options
from infra.policy import MOST_CHARACTERS, write_policy
from infra.readable import write_template
from infra.reconcile import start_reconcile
from infra.rehearse import rehearse
from infra.sink_folder import read_folder
from infra.stack import Stack
from infra.status import show_status

_VERBS = (
    "deploy",
    "status",
    "reconcile",
    "rehearse",
    "destroy",
    "bundle",
    "template",
    "policy",
    "cost",
)


def main(arguments: list[str]) -> int:
    """Run a verb; return its exit code, or 1 with a message that says what is wrong."""
    if len(arguments) != 1 or arguments[0] not in _VERBS:
        return _fail(f"write one of: {', '.join(_VERBS)}")
    try:
        return _run(arguments[0])
    except DeployError as error:
        return _fail(str(error))
    except (BotoCoreError, ClientError) as error:
        return _fail(f"AWS failed: {error}")
    except KeyboardInterrupt:
        return _fail("stopped; CloudFormation continues what it has begun: see `make status`")


def _run(verb: str) -> int:
    options = read_options(os.environ)
    match verb:
        case "deploy":
            # Of each deployment, a folder: another one may run at the same time.
            with TemporaryDirectory(prefix="tallyboard-") as cache:
                return deploy(replace(options, cache=Path(cache)), _say, _ask)
        case "destroy":
            return destroy(options, _say, _ask)
        case "status":
            return show_status(options, _say)
        case "reconcile":
            account = find_account(options.region)
            stack = Stack(account.connect("cloudformation"), options.stack, _say)
            if not stack.read_outputs():
                raise DeployError(f"there is no stack {options.stack} in {account.region}")
            return 0 if start_reconcile(account, stack, _say) else 1
        case "bundle":
            bundle = make_bundle(find_board(options, {}), options.cache)
            by = f"compiled by {bundle.compiled_by}" if bundle.compiled_by else "no bytecode"
            _say(f"{bundle.path}: {bundle.path.stat().st_size:,} bytes, {by}")
            _say(f"sha256 {bundle.sha256}")
        case "cost":
            _say(describe_cost(options.parameters, options.evening))
        case "policy":
            board = check_board(find_board(options, {}))
            with_sql = is_explored(options.parameters)
            folder = read_folder(options.sinks, "", board, with_sql=with_sql)
            text = write_policy(options.stack, board.table, folder)
            _say(text)
            if len("".join(text.split())) > MOST_CHARACTERS:
                raise DeployError(
                    f"that is more than the {MOST_CHARACTERS:,} characters that IAM takes: make two"
                    " policies of its statements"
                )
        case "rehearse":
            return rehearse(options, _say)
        case _:
            _say(write_template().rstrip())
    return 0


def _say(text: str) -> None:
    print(text, flush=True)


def _ask(question: str) -> bool:
    """Ask on the terminal. Without a terminal the answer is no; scripts set YES=1."""
    try:
        return input(f"{question} [yes/no] ").strip().lower() in ("y", "yes")
    except EOFError:
        print("no answer, so nothing is done; YES=1 skips the question")
        return False


def _fail(text: str) -> int:
    sys.stdout.flush()
    print(f"infra: {text}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
