"""Reads a process's start time, because a PID alone may be reused by another process."""

import subprocess
from pathlib import Path


def read_start(pid: int) -> str | None:
    """Return the start time of the process `pid` as a text; None if there is no such process."""
    stat = Path(f"/proc/{pid}/stat")
    if Path("/proc/self/stat").exists():
        try:
            # Field 22, counted after the name, which may hold anything:
            # https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
            return stat.read_text("utf-8", "replace").rpartition(")")[2].split()[19]
        except (OSError, IndexError):
            return None
    # macOS has no /proc.
    found = subprocess.run(
        ["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return found.stdout.strip() or None
