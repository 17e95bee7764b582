"""docs/crew.md names everything that exists."""

import dataclasses
import json
import re

from aggregates.control import decode_control
from crew.controlling import PANELS
from crew.pages import _SECTIONS
from crew.settings import CrewSettings
from tests.conftest import ROOT

TEXT = (ROOT / "docs/crew.md").read_text("utf-8")


def test_each_page_of_the_crew_is_described() -> None:
    assert re.findall(r"^\| \*\*(\w+)\*\* \|", TEXT, re.MULTILINE) == [n for n, _ in _SECTIONS]


def test_each_setting_is_described() -> None:
    listed = set(re.findall(r"`([A-Z_]+)`", TEXT))
    names = {field.name.upper() for field in dataclasses.fields(CrewSettings)}
    renamed = {"CODE": "CREW_CODE", "SESSION_KEY": "CREW_SESSION_KEY", "HTTPS": "PUBLIC_URL"}
    assert {renamed.get(name, name) for name in names} <= listed


def test_the_control_in_the_docs_can_be_read() -> None:
    example = re.findall(r"(?s)```json\n(\{\"pin\".*?)```", TEXT)[0]
    control = decode_control(example)
    fields = json.loads(example)
    assert (control.pin, control.pin_until) == (fields["pin"], fields["pin_until"])
    assert control.celebrate == tuple(fields["celebrate"])
    assert set(control.panels or ()) <= {name for name, _ in PANELS}
