"""Builds the function's bundle and the images, and puts them into the base stack."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from infra.account import Account
from infra.base_image import BaseImage, resolve_base
from infra.bundle import RUNTIME, Bundle, make_bundle
from infra.crew import CrewPlan
from infra.errors import DeployError
from infra.image import (
    CREW,
    WEB,
    ImageKind,
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


class ImagePiece(NamedTuple):
    """One image of a deployment.

    `named` is set if the operator named one. Else the image is `tag` in the stack's repository,
    built from `context` on `base`; `base` is None if the stack's present image stays.
    """

    kind: ImageKind
    named: str | None
    tag: str
    context: Path
    base: BaseImage | None


class Pieces(NamedTuple):
    """The bundle and the images of a deployment; `crew` is None without the crew's pages."""

    bundle: Bundle
    web: ImagePiece
    crew: ImagePiece | None

    @property
    def images(self) -> list[ImagePiece]:
        return [self.web, *([self.crew] if self.crew else [])]


def build_pieces(
    account: Account,
    base: Stack,
    options: Options,
    board: Path,
    known: Mapping[str, str],
    crew: CrewPlan | None,
    sinks: Sequence[Path],
    say: Say,
) -> Pieces:
    """Build the bundle and choose the images; raise `DeployError` if one cannot be built.

    `known` are the stack's parameters, `sinks` the files of the sinks of totals.
    """
    bundle = make_bundle(board, options.cache)
    size = bundle.path.stat().st_size
    if size > _MAX_BUNDLE_BYTES:
        raise DeployError(f"the function's bundle has {size:,} bytes; the limit is 5 MB")
    outputs = base.read_outputs()
    images: list[ImagePiece] = []
    web = options.image or known.get("Image", "")
    wanted: list[tuple[ImageKind, str, Path | None]] = [(WEB, web, None)]
    if crew is not None:
        wanted.append((CREW, options.crew_image or known.get("CrewImage", ""), crew.sources))
    for kind, named, sources in wanted:
        beside = sinks if kind is WEB else ()
        context = stage_context(board, options.cache, kind, sources, beside)
        is_ours = "Repository" in outputs and named.startswith(f"{outputs['Repository']}:")
        if named and not is_ours:
            images.append(ImagePiece(kind, named, "", context, None))
            continue
        known_tag = named.rpartition(":")[2]
        tag, image = _choose_tag(make_tag(context), known_tag, options.base_image, say, kind)
        images.append(ImagePiece(kind, None, tag, context, image))
        if not _has_image(account, outputs, tag):
            require_docker(kind)
            if image is None:
                raise DeployError(
                    f"the repository no longer has the image {tag}; connect to the Internet, so"
                    " that it can be built, and try again"
                )
    return Pieces(bundle, images[0], images[1] if crew is not None else None)


def _choose_tag(
    sources: str, known_tag: str, said: str | None, say: Say, kind: ImageKind = WEB
) -> tuple[str, BaseImage | None]:
    """Return an image's tag, made of sources and base, and the base.

    If the base cannot be looked up, an existing image of the same sources stays.
    """
    known_sources, _, known_mark = known_tag.partition("-")
    title = kind.title[0].upper() + kind.title[1:]
    try:
        base = resolve_base(said)
    except DeployError as error:
        if said or known_sources != sources:
            require_docker(kind)
            raise
        say(f"{title} stays as it is: {error}")
        return known_tag, None
    if known_sources == sources and known_mark != base.mark:
        say(f"{base.name} has changed, perhaps with fixes: {kind.title} is built again on it.")
    return f"{sources}-{base.mark}", base


def _has_image(account: Account, outputs: dict[str, str], tag: str) -> bool:
    repository = outputs.get("RepositoryName")
    return repository is not None and is_pushed(account.connect("ecr"), repository, tag)


def locate(account: Account, base: Stack, pieces: Pieces) -> dict[str, str]:
    """Return the parameters with the addresses of bundle and images."""
    outputs = base.read_outputs()
    if not outputs:
        raise DeployError(f"the stack {base.name} is gone; deploy under another STACK name")
    parameters = {
        "CodeBucket": outputs["ArtifactsBucket"],
        "CodeKey": pieces.bundle.key,
    }
    for image, prefix in zip(pieces.images, ("", "Crew"), strict=False):
        repository = find_repository(account, image.named) or outputs["RepositoryArn"]
        parameters[f"{prefix}Image"] = image.named or f"{outputs['Repository']}:{image.tag}"
        parameters[f"{prefix}RepositoryArn"] = repository
    return parameters


def publish(account: Account, base: Stack, pieces: Pieces, say: Say) -> None:
    """Upload the bundle to the bucket and the images to the repository. Raises `DeployError`."""
    outputs = base.read_outputs()
    bundle = pieces.bundle
    bytecode = "" if bundle.compiled_by else f"; without bytecode, because {RUNTIME} was not found"
    say(f"The function's bundle: {bundle.path.stat().st_size / 1e6:.2f} MB{bytecode}")
    account.connect("s3").put_object(
        Bucket=outputs["ArtifactsBucket"], Key=bundle.key, Body=bundle.path.read_bytes()
    )
    for image in pieces.images:
        if image.base is not None and not _has_image(account, outputs, image.tag):
            say(f"Building {image.kind.title} on {image.base.reference}, and pushing it …")
            address = f"{outputs['Repository']}:{image.tag}"
            push_image(account.connect("ecr"), address, image.kind, image.context, image.base)
