"""Stands in for Docker, which the tests' machines do not have."""

import json
from pathlib import Path


class FakeDocker:
    """A `docker` on the PATH that builds nothing and answers for a registry with a digest."""

    def __init__(self, folder: Path) -> None:
        self._log, self._told = folder / "docker.log", folder / "manifest.json"
        docker = folder / "docker"
        docker.write_text(
            f'#!/bin/sh\necho "$@" >> {self._log}\n'
            f'case "$*" in *imagetools*) cat {self._told} ;; esac\n'
        )
        docker.chmod(0o755)
        self.release("a")

    def release(self, digit: str) -> None:
        """Make the registry return another digest."""
        self.digest = f"sha256:{digit * 64}"
        self._told.write_text(json.dumps({"digest": self.digest, "size": 1}))

    def list_builds(self) -> list[str]:
        calls = self._log.read_text().splitlines()
        return [call for call in calls if call.startswith("buildx build")]
