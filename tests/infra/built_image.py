"""An image built without Docker: the Dockerfile's steps are executed one by one."""

import contextlib
import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from infra.image import ImageKind, stage_context
from tests.conftest import ROOT

DOCKERFILE = ROOT / "infra/Dockerfile"
# The image's user id, which owns nothing on this machine either.
UID = 10_001

# An instruction, and the rest of its line.
Instruction = tuple[str, str]


def read_instructions() -> list[Instruction]:
    """Return the Dockerfile's instructions, with lines joined and without comments."""
    lines = [x for x in DOCKERFILE.read_text().splitlines() if not x.lstrip().startswith("#")]
    text = "\n".join(lines).replace("\\\n", " ")
    return [tuple(line.split(None, 1)) for line in text.splitlines() if line.strip()]  # type: ignore[misc]


def read_stages() -> dict[str, list[Instruction]]:
    """Return the instructions of each stage by its name."""
    stages: dict[str, list[Instruction]] = {}
    for instruction, rest in read_instructions():
        if instruction == "FROM":
            name = rest.rpartition(" AS ")[2]
            stages[name] = []
        elif stages:
            stages[name].append((instruction, rest))
    return stages


class Image:
    """The contents of a target of the Dockerfile, in a folder instead of the root."""

    def __init__(self, root: Path, context: Path, architecture: str, kind: ImageKind) -> None:
        self.root, self.environment, self.command = root, {}, ""
        self.healthcheck, self.user = "", ""
        self._build, self._context = root / "build", context
        stages = read_stages()
        for instruction, rest in stages[f"build-{kind.target}"]:
            if instruction == "COPY":
                *sources, target = rest.split()
                for source in sources:
                    self._copy(source, target)
            elif instruction == "RUN":
                self._run(rest, architecture)
        for instruction, rest in stages[kind.target]:
            if instruction == "COPY":
                assert rest == f"--from=build-{kind.target} /build/app /app"
                (self._build / "app").rename(root / "app")
            elif instruction == "ENV":
                pairs = dict(pair.split("=", 1) for pair in shlex.split(rest))
                self.environment = {k: self._place(v) for k, v in pairs.items()}
            elif instruction == "USER":
                self.user = rest
            elif instruction == "HEALTHCHECK":
                self.healthcheck = rest.partition("CMD ")[2]
            elif instruction == "CMD":
                self.command = rest
        for path in [root, *root.rglob("*")]:
            path.chmod(stat.S_IMODE(path.stat().st_mode) & ~0o222 | 0o444)

    def _copy(self, source: str, target: str) -> None:
        place = self._build / target
        if (self._context / source).is_dir():
            shutil.copytree(self._context / source, place)
        else:
            place.mkdir(parents=True, exist_ok=True)
            shutil.copy(self._context / source, place)

    def _run(self, command: str, architecture: str) -> None:
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        environment = os.environ | {"TARGETARCH": architecture, "PATH": path}
        script = command.replace("/build/app", f"{self._build}/app")
        subprocess.run(["sh", "-euc", script], cwd=self._build, env=environment, check=True)

    def _place(self, value: str) -> str:
        return value.replace("/app", f"{self.root}/app")


@contextlib.contextmanager
def build(
    folder: Path,
    kind: ImageKind,
    sources: Path | None = None,
    sinks: Sequence[Path] = (),
    queries: Sequence[Path] = (),
) -> Iterator[Image]:
    """Build an image for this machine's platform; its files and folders are read-only."""
    board = ROOT / "boards/fundraiser.toml"
    context = stage_context(board, folder / "staged", kind, sources, sinks, queries)
    machine = "arm64" if os.uname().machine in ("aarch64", "arm64") else "amd64"
    # pytest makes these parent folders private; let other users pass through.
    for parent in (folder, *folder.parents):
        parent.chmod(0o755)
        if parent.name.startswith("pytest-of-"):
            break
    root = folder / "root"
    (root / "build").mkdir(parents=True)
    yield Image(root, context, machine, kind)
    for path in [root, *root.rglob("*")]:
        if path.is_dir():
            path.chmod(0o755)


def find_python(folder: Path, user: dict[str, Any]) -> Path:
    """Return a Python that the image's user may run: a copy, if ours is in a home folder."""
    python = Path(sys.base_prefix) / "bin/python3"
    with contextlib.suppress(OSError):
        if subprocess.run([python, "-S", "-c", ""], check=False, cwd="/", **user).returncode == 0:
            return python
    copy, minor = folder / "python", f"python{sys.version_info.major}.{sys.version_info.minor}"
    ignored = shutil.ignore_patterns("test", "site-packages", "config-*", "idlelib", "*.a")
    shutil.copytree(f"{sys.base_prefix}/lib/{minor}", copy / f"lib/{minor}", ignore=ignored)
    for library in Path(sys.base_prefix, "lib").glob("libpython*.so*"):
        shutil.copy(library, copy / "lib")
    (copy / "bin").mkdir()
    shutil.copy(python, copy / "bin/python3")
    return copy / "bin/python3"


def start(image: Image, log: IO[str] | None = None, **variables: str) -> "subprocess.Popen[bytes]":
    """Run the image's command as the image's user, without our environment."""
    assert image.user == f"{UID}:{UID}"
    command = re.findall(r'"([^"]*)"', image.command)
    environment = image.environment | {"PYTHONNOUSERSITE": "1"} | variables
    user: dict[str, Any] = (
        {"user": UID, "group": UID, "extra_groups": []} if os.getuid() == 0 else {}
    )
    python = find_python(image.root.parent, user)
    environment["LD_LIBRARY_PATH"] = str(python.parent.parent / "lib")
    return subprocess.Popen(
        # -S: only the image's packages.
        [python, "-S", *command[1:]],
        cwd=image.root / "app",
        env=environment,
        stdout=log,
        stderr=log,
        **user,
    )
