"""The events that docs/protocol.md gives as examples: what a page has to understand."""

import json
import re
from typing import Any

from tests.conftest import ROOT

Json = dict[str, Any]


def example(kind: str) -> Json:
    """Return the example of `kind` that the specification gives."""
    text = (ROOT / "docs" / "protocol.md").read_text("utf-8")
    found = re.search(rf"```json {kind}\n(.*?)```", text, re.DOTALL)
    assert found is not None, f"docs/protocol.md has no example of a {kind}"
    parsed: Json = json.loads(found[1])
    return parsed
