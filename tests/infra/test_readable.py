"""The printed template equals the deployed one, in a readable form."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from infra.readable import write_template
from infra.template import _Loader, make_template


@pytest.fixture(scope="module")
def text() -> str:
    return write_template()


def test_it_is_the_template_that_is_deployed(text: str) -> None:
    assert yaml.load(text, Loader=_Loader) == make_template()


def test_it_has_no_anchors_to_look_up(text: str) -> None:
    tokens = list(yaml.scan(text, Loader=yaml.SafeLoader))
    assert not [t for t in tokens if isinstance(t, (yaml.AnchorToken, yaml.AliasToken))]
    assert "<<:" not in text


def test_it_is_in_cloudformations_order_with_the_parts_comments(text: str) -> None:
    sections = re.findall(r"^(\w+):", text, re.MULTILINE)
    assert sections == [
        "AWSTemplateFormatVersion",
        "Description",
        "Metadata",
        "Parameters",
        "Conditions",
        "Resources",
        "Outputs",
    ]
    assert "# Full memory is an error that delays a batch" in text
    assert "# The web app faces the Internet, so its user can only read and subscribe" in text
    # Also where a resource had to be written out.
    assert "# The watch writes these metrics each minute." in text
    assert "!Sub" in text
    assert "Fn::" not in text


def test_cfn_lint_takes_it(text: str, tmp_path: Path) -> None:
    path = tmp_path / "template.yaml"
    path.write_text(text)
    linter = Path(sys.executable).parent / "cfn-lint"
    result = subprocess.run([linter, path], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
