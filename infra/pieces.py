"""Builds the function's bundle and the web app's image, and puts them into the base stack."""

from pathlib import Path
from typing import NamedTuple

from infra.account import Account
from infra.base_image import BaseImage, resolve_base
from infra.bundle import RUNTIME, Bundle, make_bundle
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
from infra.stack import Say, Stack

_MAX_BUNDLE_BYTES = 5_000_000


class Pieces(NamedTuple):
    """The bundle and the image of a deployment.

    `image` is set if the operator named one. Else the image is `tag` in the stack's repository,
    built on `base`; `base` is None if the stack's present image stays.
    """

    bundle: Bundle
    image: str | None
    tag: str
    base: BaseImage | None


def build_pieces(
    account: Account, base: Stack, options: Options, board: Path, known_image: str | None, say: Say
) -> Pieces:
    """Build the bundle and choose the image; raise `DeployError` if it cannot be built."""
    bundle = make_bundle(board, options.cache)
    size = bundle.path.stat().st_size
    if size > _MAX_BUNDLE_BYTES:
        raise DeployError(f"the function's bundle has {size:,} bytes; the limit is 5 MB")
    outputs = base.read_outputs()
    named = options.image or known_image or ""
    is_ours = "Repository" in outputs and named.startswith(f"{outputs['Repository']}:")
    if named and not is_ours:
        return Pieces(bundle, named, "", None)
    sources = make_tag(stage_context(board, options.cache))
    tag, base_image = _choose_tag(sources, named.rpartition(":")[2], options.base_image, say)
    pieces = Pieces(bundle, None, tag, base_image)
    if not _has_image(account, outputs, tag):
        require_docker()
        if base_image is None:
            raise DeployError(
                f"the repository no longer has the image {tag}; connect to the Internet, so that it"
                " can be built, and try again"
            )
    return pieces


def _choose_tag(
    sources: str, known_tag: str, said: str | None, say: Say
) -> tuple[str, BaseImage | None]:
    """Return the image's tag, made of sources and base, and the base.

    If the base cannot be looked up, an existing image of the same sources stays.
    """
    known_sources, _, known_mark = known_tag.partition("-")
    try:
        base = resolve_base(said)
    except DeployError as error:
        if said or known_sources != sources:
            require_docker()
            raise
        say(f"The web app's image stays as it is: {error}")
        return known_tag, None
    if known_sources == sources and known_mark != base.mark:
        say(f"{base.name} has changed, perhaps with fixes: the image is built again on it.")
    return f"{sources}-{base.mark}", base


def _has_image(account: Account, outputs: dict[str, str], tag: str) -> bool:
    repository = outputs.get("RepositoryName")
    return repository is not None and is_pushed(account.connect("ecr"), repository, tag)


def locate(account: Account, base: Stack, pieces: Pieces) -> dict[str, str]:
    """Return the parameters with the addresses of bundle and image."""
    outputs = base.read_outputs()
    if not outputs:
        raise DeployError(f"the stack {base.name} is gone; deploy under another STACK name")
    return {
        "CodeBucket": outputs["ArtifactsBucket"],
        "CodeKey": pieces.bundle.key,
        "Image": pieces.image or f"{outputs['Repository']}:{pieces.tag}",
        "RepositoryArn": find_repository(account, pieces.image) or outputs["RepositoryArn"],
    }


def publish(account: Account, base: Stack, options: Options, pieces: Pieces, say: Say) -> None:
    """Upload the bundle to the bucket and the image to the repository. Raises `DeployError`."""
    outputs = base.read_outputs()
    bundle = pieces.bundle
    bytecode = "" if bundle.compiled_by else f"; without bytecode, because {RUNTIME} was not found"
    say(f"The function's bundle: {bundle.path.stat().st_size / 1e6:.2f} MB{bytecode}")
    account.connect("s3").put_object(
        Bucket=outputs["ArtifactsBucket"], Key=bundle.key, Body=bundle.path.read_bytes()
    )
    if pieces.base is not None and not _has_image(account, outputs, pieces.tag):
        say(f"Building the web app's image on {pieces.base.reference}, and pushing it …")
        image = f"{outputs['Repository']}:{pieces.tag}"
        push_image(account.connect("ecr"), image, options.cache / "image", pieces.base)
