"""What deploys runs with the packages of the extra `deploy` alone, which `make deploy` installs."""

import subprocess
import sys

from infra.pins import FOLDER, read_pins
from tests.conftest import ROOT

# The extra, the project's own dependencies, and what these need.
_INSTALLED = {"boto3", "botocore", "jmespath", "python-dateutil", "redis", "s3transfer"}
_INSTALLED |= {"six", "tzdata", "urllib3"}


def test_deploy_imports_nothing_that_its_extra_does_not_install() -> None:
    pins = {
        pin.partition("==")[0]
        for name in ("web.txt", "crew.txt", "explore.txt")
        for pin in read_pins((FOLDER / name).read_text("utf-8"))
    }
    others = sorted(pin.lower().replace("-", "_") for pin in pins - _INSTALLED)
    assert {"starlette", "duckdb", "jinja2"} <= set(others)
    program = f"import sys; sys.modules.update(dict.fromkeys({others!r})); import infra.__main__"
    result = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert result.returncode == 0, result.stderr
