"""Writes the hashes of the pins in requirements/: `make pins`, after raising a version.

pip then installs only the files that the registry served on that day. The versions come from the
files, the hashes from what the registry serves now, so do this on a machine that you trust.
"""

import hashlib
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "requirements"
FILES = ("web.txt", "crew.txt", "explore.txt", "lambda.txt")
# The image's Python, and the ones that a checkout may use for the tests.
_PYTHONS = ("3.11", "3.12", "3.13", "3.14")
_MACHINES = ("x86_64", "aarch64")
_PIN = re.compile(r"([\w.-]+)==([\w.!+]+)")


def read_pins(text: str) -> list[str]:
    """Return a file's pins, `name==version`, without hashes."""
    return [found[0] for line in text.splitlines() if (found := _PIN.match(line))]


def write_hashes(file: Path, wheels: Iterable[Path]) -> None:
    """Write a file's pins with the hashes of their wheels; comment lines stay, at the top."""
    hashes: dict[str, set[str]] = defaultdict(set)
    for wheel in wheels:
        name, version, *_ = wheel.name.split("-")
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        hashes[_normalize(f"{name}=={version}")].add(digest)
    text = file.read_text("utf-8")
    lines = [line for line in text.splitlines() if line.startswith("#")]
    for pin in read_pins(text):
        words = [f"--hash=sha256:{digest}" for digest in sorted(hashes[_normalize(pin)])]
        lines.append(" \\\n    ".join([pin, *words]))
    file.write_text("\n".join(lines) + "\n", "utf-8")


def download_wheels(file: Path, folder: Path) -> list[Path]:
    """Download and return the wheels of a file's pins, for each platform and Python."""
    pins = folder / "pins.txt"
    pins.write_text("\n".join(read_pins(file.read_text("utf-8"))))
    for python in _PYTHONS:
        for machine in _MACHINES:
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
            command += ["--only-binary=:all:", "--python-version", python]
            command += ["--platform", f"manylinux_2_28_{machine}"]
            command += ["--platform", f"manylinux2014_{machine}"]
            command += ["--dest", str(folder), "--requirement", str(pins)]
            subprocess.run(command, check=True)
    return sorted(folder.glob("*.whl"))


def _normalize(pin: str) -> str:
    return re.sub(r"[-_.]+", "-", pin).lower()


def main() -> None:
    """Write all files' hashes."""
    for name in FILES:
        with tempfile.TemporaryDirectory() as folder:
            write_hashes(FOLDER / name, download_wheels(FOLDER / name, Path(folder)))


if __name__ == "__main__":
    main()
