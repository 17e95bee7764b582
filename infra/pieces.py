"""Builds the function's bundle and the images, and puts them into the base stack."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from infra.account import Account
from infra.base_image import BaseImage, resolve_base
from infra.bundle import RUNTIME, Bundle, make_bundle
from infra.crew import CrewPlan
from infra.errors import DeployError
from infra.explore import ExplorePlan
from infra.image import (
    CREW,
    EXPLORE,
    QUERIES_FOLDER,
    SINKS_FOLDER,
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
# Of the template's parameters, by the image's target.
_PREFIXES = {"web": "", "crew": "Crew", "explore": "Explore"}


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
    """The bundle and the images of a deployment, the web app's first."""

    bundle: Bundle
    images: list[ImagePiece]

    @property
    def web(self) -> ImagePiece:
        return self.images[0]


class ImageWish(NamedTuple):
    """An image that a deployment needs, and the files that it has beside the board's.

    `said` is the image that the operator names now, and the stack's own otherwise.
    """

    kind: ImageKind
    said: str
    sources: Path | None = None
    sinks: Sequence[Path] = ()
    queries: Sequence[Path] = ()


def wish_images(
    options: Options,
    known: Mapping[str, str],
    sinks: Sequence[Path],
    crew: CrewPlan | None,
    explore: ExplorePlan | None,
) -> list[ImageWish]:
    """Return the images that are needed. `known` are the stack's parameters.

    `sinks` are the files of the sinks of totals.
    """
    wishes = [ImageWish(WEB, options.image or known.get("Image", ""), sinks=sinks)]
    if crew is not None:
        named = options.crew_image or known.get("CrewImage", "")
        wishes.append(ImageWish(CREW, named, crew.sources))
    if explore is not None:
        named = options.explore_image or known.get("ExploreImage", "")
        beside = (explore.file,)
        wishes.append(ImageWish(EXPLORE, named, sinks=beside, queries=explore.queries))
    return wishes


def build_pieces(
    account: Account,
    base: Stack,
    options: Options,
    board: Path,
    wishes: Sequence[ImageWish],
    say: Say,
) -> Pieces:
    """Build the bundle and choose the images; raise `DeployError` if one cannot be built."""
    bundle = make_bundle(board, options.cache)
    size = bundle.path.stat().st_size
    if size > _MAX_BUNDLE_BYTES:
        raise DeployError(f"the function's bundle has {size:,} bytes; the limit is 5 MB")
    outputs = base.read_outputs()
    images: list[ImagePiece] = []
    for wish in wishes:
        kind, named = wish.kind, wish.said
        context = stage_context(board, options.cache, kind, wish.sources, wish.sinks, wish.queries)
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
    return Pieces(bundle, images)


def describe_named(pieces: Pieces, options: Options) -> list[str]:
    """Return which images stay because the operator once named them, a line each."""
    given = {"web": options.image, "crew": options.crew_image, "explore": options.explore_image}
    lines = []
    for image in pieces.images:
        if not image.named or given[image.kind.target] is not None:
            continue
        if image.kind is WEB:
            lines.append(
                f"  The image stays {image.named}; a changed page needs a new image: IMAGE=…"
            )
        else:
            title = image.kind.title[0].upper() + image.kind.title[1:]
            variable = f"{image.kind.target.upper()}_IMAGE"
            lines.append(f"  {title} stays {image.named}; a new one: {variable}=…")
    return lines


def describe_needs(pieces: Pieces) -> list[str]:
    """Return what images that the operator named have to have, a line each."""
    return [
        f"  The image {image.named} has to have, in /app/boards/{folder.name}: {names}"
        for image in pieces.images
        if image.named
        for folder in ((image.context / "boards" / name) for name in (SINKS_FOLDER, QUERIES_FOLDER))
        if (names := ", ".join(sorted(file.name for file in folder.glob("*.toml"))))
    ]


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
    for image in pieces.images:
        prefix = _PREFIXES[image.kind.target]
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
