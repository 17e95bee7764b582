"""Builds the images: their build contexts, their tags, and their push to the repository."""

import base64
import hashlib
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from infra.account import Account
from infra.base_image import BaseImage
from infra.bundle import ROOT
from infra.errors import DeployError


class ImageKind(NamedTuple):
    """A target of infra/Dockerfile, and what it copies from the checkout."""

    target: str
    # What it is called in messages.
    title: str
    folders: tuple[str, ...]
    files: tuple[str, ...]


WEB = ImageKind(
    "web",
    "the web app's image",
    (
        "aggregates",
        "lambda_handler",
        "webapp",
        "reconcile",
        "donations",
        "intake",
        "operate",
        "sinks",
        "explore",
        "static",
    ),
    ("infra/Dockerfile", "requirements/web.txt"),
)
CREW = ImageKind(
    "crew",
    "the image of the crew's pages",
    ("aggregates", "donations", "intake", "crew", "static/panels"),
    ("infra/Dockerfile", "requirements/web.txt", "requirements/crew.txt"),
)
EXPLORE = ImageKind(
    "explore",
    "the image of what answers SQL",
    ("aggregates", "lambda_handler", "webapp", "donations", "sinks", "explore", "static"),
    ("infra/Dockerfile", "requirements/web.txt", "requirements/explore.txt"),
)
# Where the crew's image has the file of sources: in its folder of boards.
SOURCES_FILE = "sources/intake.toml"
# Where an image has the files of its sinks, and of stored queries.
SINKS_FOLDER = "sinks"
QUERIES_FOLDER = "queries"
_ECR_IMAGE = re.compile(r"(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/([^:@]+)")
# Fargate on Arm costs a fifth less.
PLATFORM = "linux/arm64"


def stage_context(
    board: Path,
    cache: Path,
    kind: ImageKind = WEB,
    sources: Path | None = None,
    sinks: Sequence[Path] = (),
    queries: Sequence[Path] = (),
) -> Path:
    """Return a folder with an image's content: the code, the one board, and files beside it.

    These are the file of sources, and the files of sinks and stored queries.
    """
    context = cache / f"image-{kind.target}"
    shutil.rmtree(context, ignore_errors=True)
    for folder in kind.folders:
        ignored = shutil.ignore_patterns("__pycache__", "*.py[cod]")
        shutil.copytree(ROOT / folder, context / folder, ignore=ignored)
    for file in (*kind.files, ".dockerignore"):
        (context / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / file, context / file)
    (context / "boards").mkdir()
    shutil.copyfile(board, context / "boards" / board.name)
    # The pictures and the font of the event's own look, if it has one.
    if (look := board.with_suffix("")).is_dir():
        shutil.copytree(look, context / "boards" / look.name)
    if sources is not None:
        (context / "boards" / SOURCES_FILE).parent.mkdir(exist_ok=True)
        shutil.copyfile(sources, context / "boards" / SOURCES_FILE)
    for folder, beside in ((SINKS_FOLDER, sinks), (QUERIES_FOLDER, queries)):
        for one in beside:
            (context / "boards" / folder).mkdir(exist_ok=True)
            shutil.copyfile(one, context / "boards" / folder / one.name)
    return context


def make_tag(context: Path) -> str:
    """Return the part of the image's tag that stands for `context`: a hash of its content."""
    digest = hashlib.sha256(PLATFORM.encode())
    for file in sorted(path for path in context.rglob("*") if path.is_file()):
        digest.update(f"\0{file.relative_to(context).as_posix()}\0".encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:20]


def is_pushed(ecr: Any, repository: str, tag: str) -> bool:
    """Return whether the repository has the tag."""
    try:
        reply = ecr.describe_images(repositoryName=repository, imageIds=[{"imageTag": tag}])
    except ClientError as error:
        missing = ("ImageNotFoundException", "RepositoryNotFoundException")
        if error.response["Error"]["Code"] in missing:
            return False
        raise
    return bool(reply["imageDetails"])


def find_repository(account: Account, image: str | None) -> str | None:
    """Return the ARN of an image's repository if that is a private one in ECR; else None."""
    found = _ECR_IMAGE.match(image or "")
    if found is None:
        return None
    number, region, name = found.groups()
    return f"arn:{account.partition}:ecr:{region}:{number}:repository/{name}"


def require_docker(kind: ImageKind = WEB) -> None:
    """Raise `DeployError` if no image can be built here."""
    variable = "IMAGE" if kind is WEB else f"{kind.target.upper()}_IMAGE"
    hint = f"or name an image that is already pushed: {variable}=… make deploy …"
    if shutil.which("docker") is None:
        raise DeployError(
            f"{kind.title} is built with Docker, which is not installed; install Docker"
            f" Engine or Docker Desktop (docs.docker.com), {hint}"
        )
    for command, fix in (
        (["docker", "buildx", "version"], "install Docker's buildx plugin"),
        (["docker", "info"], "start Docker; its engine does not answer"),
    ):
        if subprocess.run(command, capture_output=True, check=False).returncode != 0:
            raise DeployError(f"{kind.title} cannot be built: {fix}, {hint}")


def push_image(ecr: Any, image: str, kind: ImageKind, context: Path, base: BaseImage) -> None:
    """Build `context` on `base`, and push it as `image`, a repository's address with a tag."""
    data = ecr.get_authorization_token()["authorizationData"][0]
    user, _, password = base64.b64decode(data["authorizationToken"]).decode().partition(":")
    login = ["docker", "login", "--username", user, "--password-stdin", data["proxyEndpoint"]]
    _run(login, "signing in to the image repository", password)
    build = ["docker", "buildx", "build", "--platform", PLATFORM, "--provenance=false", "--push"]
    build += ["--build-arg", f"BASE={base.reference}", "--target", kind.target]
    build += ["--file", str(context / "infra/Dockerfile"), "--tag", image, str(context)]
    _run(build, "building and pushing the image")


def _run(command: list[str], doing: str, text: str | None = None) -> None:
    result = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise DeployError(f"{doing} failed:\n{result.stderr.strip()[-2000:]}")
