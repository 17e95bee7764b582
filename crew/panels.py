"""The display's panels, read from the display's own list, so that a new panel appears here."""

import re
from pathlib import Path

_LIST = Path(__file__).parent.parent / "static" / "panels" / "index.js"
_NAMES = re.compile(r"^export const PANELS = \[([\w\s,]+)\];", re.MULTILINE)
# Labels of panels whose name in addresses says too little.
_LABELS = {
    "give": "Where to give",
    "bars": "Groups",
    "timeline": "Chart over time",
    "ticker": "Latest",
}


def read_panels(path: Path = _LIST) -> tuple[tuple[str, str], ...]:
    """Return the panels in order: the name in addresses, and the label for a person.

    Raises `OSError` or `ValueError` if the display's list is missing.
    """
    found = _NAMES.search(path.read_text("utf-8"))
    if found is None:
        raise ValueError(f"{path} has no list of panels")
    names = [name.strip() for name in found[1].split(",") if name.strip()]
    return tuple((name, _LABELS.get(name, name.replace("_", " ").capitalize())) for name in names)
