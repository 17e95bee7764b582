"""Install into a virtualenv, once: `install.py STAMP --inputs FILE… [--also STAMP…] -- PIP-WORD…`.

The virtualenv is the folder of STAMP, a file that is newer than the inputs when all is installed;
it is made where there is none. Two `make` at once do it one after the other, and the second finds
it done. The lock ends with the process that holds it, however that ends. The Makefile calls this
with any Python from 3.11 on; nothing but the standard library is there yet.
"""

import argparse
import fcntl
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

_LOCK = Path(".cache/install.lock")


class InstallError(Exception):
    """Ends with its text, which says what is wrong and what to do."""


def main(arguments: Sequence[str]) -> int:
    """Install; return the exit code."""
    parser = argparse.ArgumentParser()
    parser.add_argument("stamp", type=Path)
    parser.add_argument("--inputs", type=Path, nargs="+", default=[])
    parser.add_argument("--also", type=Path, nargs="+", default=[])
    parser.add_argument("--what", default="what is missing")
    ours, pip_arguments = list(arguments), []
    if "--" in ours:
        place = ours.index("--")
        ours, pip_arguments = ours[:place], ours[place + 1 :]
    parsed = parser.parse_args(ours)
    try:
        with lock(_LOCK):
            if not is_current(parsed.stamp, parsed.inputs):
                print(f"Installing {parsed.what} …", flush=True)
                install(parsed.stamp.parent, pip_arguments)
                for stamp in (parsed.stamp, *parsed.also):
                    stamp.touch()
    except (InstallError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


@contextmanager
def lock(path: Path) -> Iterator[None]:
    """Be the only one who installs in this folder; wait for another."""
    path.parent.mkdir(exist_ok=True)
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another make is installing here: waiting for it …", flush=True)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def is_current(stamp: Path, inputs: Sequence[Path]) -> bool:
    """Return whether all was installed since the inputs changed."""
    if not stamp.exists():
        return False
    made = stamp.stat().st_mtime_ns
    return all(path.stat().st_mtime_ns <= made for path in inputs)


def install(folder: Path, pip_arguments: Sequence[str]) -> None:
    """Make the virtualenv where there is none, and install into it; raise `InstallError`."""
    pip = folder / "bin" / "pip"
    if not pip.exists():
        _remove(folder)
        try:
            venv.create(folder, with_pip=True, symlinks=True)
        except (ImportError, OSError, subprocess.CalledProcessError) as error:
            _remove(folder)
            raise InstallError(
                "Python has no venv here; on Debian or Ubuntu: apt install python3-venv"
            ) from error
    command = [str(pip), "install", "--quiet", "--disable-pip-version-check", *pip_arguments]
    if subprocess.run(command, check=False).returncode != 0:
        raise InstallError(
            "Installing failed; the lines above say why. Is there a connection to the Internet?"
        )


def _remove(folder: Path) -> None:
    if folder.is_symlink():
        folder.unlink()
    elif folder.exists():
        shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
