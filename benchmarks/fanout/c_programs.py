"""Compiles the C programs of this folder on first use, outside the source tree."""

import os
import shutil
import subprocess
import tempfile
from hashlib import sha256
from pathlib import Path

_HERE = Path(__file__).parent
_FLAGS = ["-O2", "-Wall", "-Wextra"]


class NoCompiler(Exception):
    """There is no C compiler for the load client."""


def compile_program(name: str) -> Path:
    """Return the path of the program `name`; compile it first if its source has changed."""
    source = _HERE / f"{name}.c"
    digest = sha256(source.read_bytes()).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / f"tallyboard-fanout-{os.getuid()}"
    program = folder / f"{name}-{digest}"
    if program.exists():
        return program
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        raise NoCompiler(
            "the load client is written in C, but there is no compiler (cc, gcc or clang);"
            " on Debian or Ubuntu: apt install gcc libc6-dev"
        )
    folder.mkdir(mode=0o700, exist_ok=True)
    subprocess.run([compiler, *_FLAGS, "-o", str(program), str(source)], check=True)
    return program
