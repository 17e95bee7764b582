"""Makes ids for a list without ids; the same list always gives the same ids."""

import re
from collections import Counter
from hashlib import sha256
from pathlib import Path

from donations.row_reader import Draft

# Names the list of an imported item; files with the same name are versions of one list.
SOURCE_ATTRIBUTE = "importedFrom"
_ID_CHARACTERS = 20
_ENDINGS = re.compile(r"(\.(gz|csv|tsv|txt|xlsx|xlsm))+$", re.IGNORECASE)
# Suffixes that browsers and file managers add to a second copy.
_COPY = re.compile(r"[\s_-]*(\(\d+\)|- ?copy|- ?kopie|copy|kopie|copie)$", re.IGNORECASE)


def name_source(path: Path) -> str:
    """Return the name of a file's list, such as `pledges`."""
    name = _ENDINGS.sub("", path.name)
    while (shorter := _COPY.sub("", name)) != name and shorter:
        name = shorter
    return name.strip() or path.name


class IdMaker:
    """Makes ids from the donations' data; equal donations are numbered in their order."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._seen: Counter[str] = Counter()

    def make(self, draft: Draft) -> str:
        """Return an id from the row's cells alone: answers may differ at the next import."""
        content = (
            self._source,
            draft.money,
            draft.currency,
            None if draft.moment is None else round(draft.moment.timestamp() * 1000),
            draft.group,
            sorted((name, text) for name, text in draft.attributes.items() if text),
        )
        mark = sha256(repr(content).encode("utf-8", "replace")).hexdigest()[:_ID_CHARACTERS]
        self._seen[mark] += 1
        number = self._seen[mark]
        return f"import-{mark}" if number == 1 else f"import-{mark}-{number}"
