"""`make deploy`: checks, says what comes, asks once, and makes it so."""

from collections import Counter
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from infra.account import Account, find_account
from infra.bundle import RUNTIME, Bundle, make_bundle
from infra.checks import (
    check_board,
    check_named_things,
    check_parameters,
    find_board,
    find_concurrency,
    find_table,
)
from infra.cost import describe_cost
from infra.errors import DeployError
from infra.image import (
    find_repository,
    is_pushed,
    make_tag,
    push_image,
    require_docker,
    stage_context,
)
from infra.options import Options
from infra.reconcile import start_reconcile
from infra.stack import Say, Stack
from infra.template import Template, encode_template, make_template, read_part

Ask = Callable[[str], bool]
_MAX_BUNDLE_BYTES = 5_000_000


class _Pieces(NamedTuple):
    """What is built here. `image` is a tag in the stack's repository, unless one was named."""

    bundle: Bundle
    image: str | None
    tag: str


def deploy(options: Options, say: Say, ask: Ask) -> int:
    """Create or update the stack; return the exit code. Raises `DeployError`."""
    account = find_account(options.region)
    cloudformation = account.connect("cloudformation")
    base = Stack(cloudformation, f"{options.stack}-base", say)
    stack = Stack(cloudformation, options.stack, say)
    known = stack.read_parameters()
    board_file = find_board(options, known)
    board = check_board(board_file)
    say(f"Account {account.number}, region {account.region}, as {account.caller}")
    check_parameters(account, {**known, **options.parameters})
    check_named_things(account, options.parameters)
    parameters = {**options.parameters, "BoardName": board.name, "Runtime": RUNTIME}
    is_owner = stack.list_resources().get("Table") == board.table
    parameters |= find_table(account, board, owned=is_owner)
    pieces = _build(board_file, _choose_image(options, known, base), options.cache)
    if pieces.image is None and not _has_image(account, base, pieces):
        require_docker()

    template = make_template()
    text = encode_template(template)
    is_new = stack.describe() is None
    if is_new:
        parameters |= find_concurrency(account, parameters)
        say(_describe_new(options, parameters, template))
    else:
        parameters |= _locate(account, base, pieces)
        changes = stack.plan(text, parameters, _upload(account, base, text))
        if changes is None:
            return _finish(stack, say, "Nothing to change.")
        say(f"The stack {stack.name} would change:\n" + "\n".join(f"  {c}" for c in changes))
        if (known["BoardName"], known["TableName"]) != (board.name, board.table):
            say(
                f"  IT COUNTS ANOTHER BOARD: {board.name} of the table {board.table}, instead of"
                f" {known['BoardName']} of {known['TableName']}."
            )
        if pieces.image and options.image is None:
            say(f"  The image stays {pieces.image}; a changed page needs another: IMAGE=…")
    if not options.yes and not ask(f"{'Create' if is_new else 'Change'} it?"):
        say("Nothing was done.")
        return 1

    if base.plan(encode_template(read_part("base")), {}) is not None:
        base.apply()
    _publish(account, base, options, pieces, say)
    if is_new:
        parameters |= _locate(account, base, pieces)
        stack.plan(text, parameters, _upload(account, base, text))
    say("This takes 15 to 25 minutes, most of it for Redis." if is_new else "Changing …")
    stack.apply()
    start_reconcile(account, stack, say)
    return _finish(stack, say, "Done.")


def _choose_image(options: Options, known: dict[str, str], base: Stack) -> str | None:
    """Return the image that was named, now or before; None where it is built here."""
    ours = base.read_outputs().get("Repository")
    named = options.image or known.get("Image")
    return None if ours is not None and named and named.startswith(f"{ours}:") else named


def _build(board_file: Path, image: str | None, cache: Path) -> _Pieces:
    bundle = make_bundle(board_file, cache)
    size = bundle.path.stat().st_size
    if size > _MAX_BUNDLE_BYTES:
        raise DeployError(f"the function's bundle has {size:,} bytes; 5 MB is what we allow")
    return _Pieces(bundle, image, make_tag(stage_context(board_file, cache)))


def _describe_new(options: Options, parameters: dict[str, str], template: Template) -> str:
    kinds = Counter(resource["Type"] for resource in template["Resources"].values())
    table = "is there already: its stream is used, and it is left as it is"
    if not parameters["ExistingStreamArn"]:
        table = "is made, and kept when all else is removed"
    lines = [
        (
            f"The stack {options.stack} will be made: up to {sum(kinds.values())} resources of"
            f" {len(kinds)} kinds, in a network of their own."
        ),
        f"  The table {parameters['TableName']} {table}.",
        (
            "  A function counts it into a Redis that nobody reaches from outside; containers show"
            " it behind a load balancer that everybody reaches."
        ),
    ]
    if not parameters.get("CertificateArn"):
        lines.append(
            "  Without CERTIFICATE=… it is HTTP, not encrypted: for a rehearsal, not for an event."
        )
    if parameters.get("ReservedConcurrency") == "0":
        lines.append(
            "  No concurrency is kept for the function: the account's quota has none over."
        )
    return "\n".join([*lines, describe_cost(parameters)])


def _has_image(account: Account, base: Stack, pieces: _Pieces) -> bool:
    repository = base.read_outputs().get("RepositoryName")
    return repository is not None and is_pushed(account.connect("ecr"), repository, pieces.tag)


def _locate(account: Account, base: Stack, pieces: _Pieces) -> dict[str, str]:
    """Return the parameters that name the pieces, where they are or will be."""
    outputs = base.read_outputs()
    if not outputs:
        raise DeployError(f"the stack {base.name} is gone; deploy under another STACK name")
    return {
        "CodeBucket": outputs["ArtifactsBucket"],
        "CodeKey": pieces.bundle.key,
        "Image": pieces.image or f"{outputs['Repository']}:{pieces.tag}",
        "RepositoryArn": find_repository(account, pieces.image) or outputs["RepositoryArn"],
    }


def _upload(account: Account, base: Stack, template: str) -> str:
    """Put the template beside the bundle; return its address. The same text is the same object."""
    s3, bucket = account.connect("s3"), base.read_outputs()["ArtifactsBucket"]
    key = f"template/{sha256(template.encode()).hexdigest()[:32]}.json"
    s3.put_object(Bucket=bucket, Key=key, Body=template.encode())
    return f"{s3.meta.endpoint_url}/{bucket}/{key}"


def _publish(account: Account, base: Stack, options: Options, pieces: _Pieces, say: Say) -> None:
    outputs = base.read_outputs()
    bundle = pieces.bundle
    bytecode = "" if bundle.compiled_by else f"; without bytecode, as no {RUNTIME} is at hand"
    say(f"The function's bundle: {bundle.path.stat().st_size / 1e6:.2f} MB{bytecode}")
    account.connect("s3").put_object(
        Bucket=outputs["ArtifactsBucket"], Key=bundle.key, Body=bundle.path.read_bytes()
    )
    if pieces.image is None and not _has_image(account, base, pieces):
        say("Building and pushing the web app's image …")
        image = f"{outputs['Repository']}:{pieces.tag}"
        push_image(account.connect("ecr"), image, options.cache / "image")


def _finish(stack: Stack, say: Say, text: str) -> int:
    outputs = stack.read_outputs()
    say(text)
    say(f"The display: {outputs['Address']}")
    if outputs["BalancerName"] not in outputs["Address"]:
        say(f"  if the name does not lead there yet: a CNAME record to {outputs['BalancerName']}")
    return 0
