"""The display's panels, as its own list has them: a new panel is listed here by itself."""

import re
from pathlib import Path

_LIST = Path(__file__).parent.parent / "static" / "panels" / "index.js"
_NAMES = re.compile(r"^export const PANELS = \[([\w\s,]+)\];", re.MULTILINE)
# What a person calls a panel that is not called as in an address.
_LABELS = {
    "give": "Where to give",
    "bars": "Groups",
    "timeline": "Chart over time",
    "ticker": "Latest",
}


def read_panels(path: Path = _LIST) -> tuple[tuple[str, str], ...]:
    """Return the panels in their order: their names in addresses, and what a person calls them.

    Raises `OSError` and `ValueError` where the display's list is not there.
    """
    found = _NAMES.search(path.read_text("utf-8"))
    if found is None:
        raise ValueError(f"{path} has no list of panels")
    names = [name.strip() for name in found[1].split(",") if name.strip()]
    return tuple((name, _LABELS.get(name, name.replace("_", " ").capitalize())) for name in names)
