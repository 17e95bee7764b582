"""The example events of docs/protocol.md, which a page must understand."""

import json
import re
from typing import Any

from tests.conftest import ROOT

Json = dict[str, Any]


def example(kind: str) -> Json:
    """Return the specification's example of `kind`."""
    text = (ROOT / "docs" / "protocol.md").read_text("utf-8")
    found = re.search(rf"```json {kind}\n(.*?)```", text, re.DOTALL)
    assert found is not None, f"docs/protocol.md has no example of a {kind}"
    parsed: Json = json.loads(found[1])
    return parsed
