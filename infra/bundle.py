"""Makes a function's bundle: a zip with the handler's imports and the board, nothing else.

The same sources make the same bytes: names are sorted, times and modes fixed, and bytecode refers
to its source by hash. Bytecode saves two thirds of a cold start, but only if the runtime's own
Python compiled it: that Python is found on the PATH or in its container; else there is no bytecode.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from infra.errors import DeployError

# The newest Python that Lambda has had for a year:
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
RUNTIME = "python3.14"
ROOT = Path(__file__).parent.parent
_REQUIREMENTS = ROOT / "requirements" / "lambda.txt"
_PACKAGES = ("aggregates", "lambda_handler")
_SINK_PACKAGES = (*_PACKAGES, "donations", "sinks")
_SOURCES = (".py", ".lua")
# The folder in which Lambda unpacks the bundle; tracebacks name it.
_TASK_ROOT = "/var/task"
_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Bundle:
    """A zip file of a kind. `sha256` is of its bytes, in hexadecimal.

    `compiled_by` is None without bytecode.
    """

    path: Path
    sha256: str
    compiled_by: str | None
    kind: str = "function"

    @property
    def key(self) -> str:
        """Its name in the bucket of artifacts: the same bytes are the same object."""
        return f"{self.kind}/{self.sha256[:32]}.zip"


def make_bundle(board: Path, cache: Path, runtime: str = RUNTIME) -> Bundle:
    """Build the bundle of the function that counts. Raises `DeployError`."""
    files = {f"boards/{board.name}": board}
    return _make_bundle("function", _PACKAGES, files, cache, runtime)


def make_sinks_bundle(
    board: Path, sinks: Sequence[Path], cache: Path, runtime: str = RUNTIME
) -> Bundle:
    """Build the bundle of the sinks' function, with the sinks' files. Raises `DeployError`.

    The runtime itself has botocore.
    """
    files = {f"boards/{board.name}": board} | {f"boards/sinks/{one.name}": one for one in sinks}
    return _make_bundle("sinks", _SINK_PACKAGES, files, cache, runtime)


def _make_bundle(
    kind: str, packages: Sequence[str], files: Mapping[str, Path], cache: Path, runtime: str
) -> Bundle:
    staging = cache / kind
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True)
    for wheel in _download_wheels(cache / "wheels", runtime):
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(staging)
    for package in packages:
        for source in (ROOT / package).rglob("*"):
            if source.suffix in _SOURCES:
                _copy(source, staging / source.relative_to(ROOT))
    for place, file in files.items():
        _copy(file, staging / place)
    compiled_by = _compile(staging, runtime)
    path = cache / f"{kind}.zip"
    _write_zip(staging, path)
    return Bundle(path, hashlib.sha256(path.read_bytes()).hexdigest(), compiled_by, kind)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _download_wheels(folder: Path, runtime: str) -> list[Path]:
    """Return the wheels of requirements/lambda.txt for Lambda's platform, checked by hash."""
    shutil.rmtree(folder, ignore_errors=True)
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    command += ["--no-deps", "--require-hashes", "--only-binary=:all:"]
    command += ["--platform", "manylinux2014_aarch64", "--python-version", runtime[6:]]
    command += ["--dest", str(folder), "--requirement", str(_REQUIREMENTS)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise DeployError(f"cannot download the function's packages:\n{result.stderr.strip()}")
    return sorted(folder.glob("*.whl"))


def _compile(staging: Path, runtime: str) -> str | None:
    """Compile everything for the runtime; return the compiler's name, None if there is none."""
    arguments = ["-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash"]
    environment = os.environ | {"PYTHONHASHSEED": "0"}
    python = find_python(runtime)
    if python is not None:
        command = [python, *arguments, "-s", str(staging), "-p", _TASK_ROOT, str(staging)]
        by = python
    elif shutil.which("docker"):
        by = f"{runtime.replace('python', 'python:')}-slim"
        command = ["docker", "run", "--rm", "--network", "none", "-e", "PYTHONHASHSEED=0"]
        command += ["--user", f"{os.getuid()}:{os.getgid()}"]
        command += ["--volume", f"{staging.absolute()}:{_TASK_ROOT}", by, "python", *arguments]
        command += [_TASK_ROOT]
    else:
        return None
    result = subprocess.run(command, capture_output=True, env=environment, check=False)
    compiled = result.returncode == 0 and any(staging.rglob("*.pyc"))
    return by if compiled else None


def find_python(runtime: str) -> str | None:
    """Return the path of the runtime's Python, or None."""
    for name in (runtime, sys.executable, "python3"):
        path = shutil.which(name)
        if path is None:
            continue
        program = "import sys; print('python%d.%d' % sys.version_info[:2])"
        result = subprocess.run([path, "-c", program], capture_output=True, text=True, check=False)
        if result.stdout.strip() == runtime:
            return path
    return None


def _write_zip(folder: Path, path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for file in sorted(file for file in folder.rglob("*") if file.is_file()):
            entry = zipfile.ZipInfo(file.relative_to(folder).as_posix(), _EPOCH)
            entry.create_system = 3
            entry.external_attr = 0o100644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, file.read_bytes())
