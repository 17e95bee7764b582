"""The operators' pages name only things that exist, and all of them."""

import re

import pytest

from infra.options import PARAMETERS
from infra.variables import check_names
from tests.conftest import ROOT

OPERATIONS = (ROOT / "docs/operations.md").read_text("utf-8")
PAGES = ("docs/operations.md", "docs/trouble.md", "CONTRIBUTING.md", "SECURITY.md")


@pytest.mark.parametrize("name", [*PARAMETERS, "ALLOW_CIDR", "BASE_IMAGE", "IMAGE", "STACK"])
def test_every_variable_of_deploy_is_explained(name: str) -> None:
    assert re.search(rf"[` ]{name}[=`]", OPERATIONS)


@pytest.mark.parametrize("page", PAGES)
def test_every_make_command_of_a_page_exists(page: str) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    commands = re.findall(
        r"(?:`|^ {4})make ([a-z]+)", (ROOT / page).read_text("utf-8"), re.MULTILINE
    )
    assert set(commands) <= targets


def test_variables_in_the_examples_are_known() -> None:
    text = re.sub(r"\\\n\s*", "", OPERATIONS)
    for command in re.findall(r"make deploy((?: [A-Z_]+=\S+)+)", text):
        names = re.findall(r" ([A-Z_]+)=", command)
        assert names
        check_names(
            {"MAKEFLAGS": " -- " + " ".join(f"{name}=x" for name in names)},
            (*PARAMETERS, "STACK", "BOARD", "ALLOW_CIDR", "SINKS"),
        )


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
        assert ((ROOT / page).parent / target).exists()
    headings = {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    }
    assert set(re.findall(r"\]\(#([^)]*)\)", text)) <= headings
