"""A disk of its own that fills up, or fails and is read-only from then on; only for root."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


class FailingDisk:
    """An ext4 in a file, mounted at `folder` with a kernel that makes it read-only at an error.

    It has no journal: an fsync beside the abort of one says that all is well, and what it has
    promised is gone. That is the kernel's, and not what is tried here.
    """

    def __init__(self, image: Path, folder: Path) -> None:
        self._image, self.folder = image, folder
        self._filler = folder / "filler"

    def mount(self) -> None:
        options = "loop,errors=remount-ro"
        subprocess.run(["mount", "-o", options, self._image, self.folder], check=True)

    def fill(self) -> None:
        """Leave no room on it."""
        with self._filler.open("wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(65_536))

    def fail(self) -> None:
        """Have the kernel find an error, after which nothing can be written any more."""
        found = subprocess.run(
            ["findmnt", "-no", "SOURCE", self.folder], check=True, capture_output=True, text=True
        )
        device = found.stdout.strip().removeprefix("/dev/")
        assert device.startswith("loop"), device
        Path(f"/sys/fs/ext4/{device}/trigger_fs_error").write_text("1")

    def mend(self) -> None:
        """Check and mount it again, with room on it; nobody may have files open there."""
        subprocess.run(["umount", self.folder], check=True)
        # It says by its exit code whether it has corrected something.
        subprocess.run(["e2fsck", "-fy", self._image], check=False, capture_output=True)
        self.mount()
        self._filler.unlink(missing_ok=True)


@contextmanager
def failing_disk(folder: Path, megabytes: int) -> Iterator[FailingDisk]:
    """Make a disk at a folder, which is made."""
    folder.mkdir()
    image = folder.with_suffix(".img")
    with image.open("wb") as file:
        file.truncate(megabytes << 20)
    subprocess.run(["mkfs.ext4", "-q", "-O", "^has_journal", image], check=True)
    disk = FailingDisk(image, folder)
    disk.mount()
    try:
        yield disk
    finally:
        subprocess.run(["umount", "-l", folder], check=True)
