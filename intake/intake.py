"""Takes what sources send: verified, read, written, and only then answered."""

import base64
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any

from intake.errors import Forged, Malformed, Unreadable
from intake.heard import HeardBook
from intake.payload import make_printable
from intake.request import Answer, DonationUpdate, Request, Vote, answer_ok
from intake.sources_file import OpenSource
from intake.store import Kept, Store
from intake.votes import VoteWriter

logger = logging.getLogger("tallyboard")


class Intake:
    """All sources of one service. `dynamodb` is a boto3 client; threads share this object.

    `keep` is called with what DynamoDB has taken before a source is told so.
    """

    def __init__(
        self,
        sources: Mapping[str, OpenSource],
        dynamodb: Any,
        keep: Callable[[Sequence[Kept]], None] | None = None,
    ) -> None:
        self.sources = sources
        boards = {opened.source.board.table: opened.source.board for opened in sources.values()}
        by_table = {table: Store(dynamodb, board, keep) for table, board in boards.items()}
        self._stores = {name: by_table[o.source.board.table] for name, o in sources.items()}
        votes = {table: VoteWriter(store, boards[table]) for table, store in by_table.items()}
        self._votes = {name: votes[o.source.board.table] for name, o in sources.items()}
        self.heard = HeardBook(self._stores)

    def take(self, name: str, request: Request) -> Answer:
        """Take a request to a source; return the answer once all that it says is kept.

        Raises `KeyError` for an unknown source, `Forged`, `Malformed`, and what DynamoDB raises:
        then the provider is to send the request again.
        """
        opened = self.sources[name]
        try:
            opened.provider.verify(request)
        except Forged as error:
            self.heard.note_refused(name, str(error))
            raise
        try:
            reading = opened.provider.read(request)
        except Malformed:
            raise
        except Unreadable as error:
            self._park(name, request, error)
            return Answer()
        except Exception as error:
            # Ours to correct: the provider would send the same again, and then give up.
            self._park(name, request, Unreadable(f"{type(error).__name__} while it was read"))
            return Answer()
        if reading.ignored:
            why = make_printable(reading.ignored)
            logger.info("source %s: ignored: %s", name, why)
            self.heard.note(name, request.now, "ignored", why=why)
            if reading.answer is answer_ok:
                # Providers show the answer to who looks why nothing is counted.
                return Answer(f"ignored: {why}\n".encode())
        changed = [self.apply(name, update) for update in reading.updates]
        for what, count in (("changed", sum(changed)), ("known", changed.count(False))):
            if count:
                self.heard.note(name, request.now, what, count)
        return reading.answer(changed)

    def apply(self, name: str, update: DonationUpdate | Vote) -> bool:
        """Write an update of a source; return whether it changed anything."""
        opened, store = self.sources[name], self._stores[name]
        if isinstance(update, Vote):
            return self._votes[name].write(update)
        # What the board does not ask for of a person is not stored.
        wanted = opened.source.text_attributes
        texts = {kind: text for kind, text in update.state.texts.items() if kind in wanted}
        kept = update._replace(state=replace(update.state, texts=texts))
        return store.apply(opened.projection, name, kept)

    def list_counting(self, name: str) -> frozenset[str]:
        """Return the ids of a source's donations that count now."""
        return self._stores[name].list_counting(name)

    def follow_counting(self, name: str) -> frozenset[str]:
        """Return the same, from memory once the table has been read."""
        return self._stores[name].follow_counting(name)

    def _park(self, name: str, request: Request, error: Unreadable) -> None:
        """Keep a genuine request as it came, for somebody to look at."""
        mark = sha256(request.body).hexdigest()[:20]
        row = {
            "id": {"S": f"parked:{name}:{mark}"},
            "at": {"S": request.now.isoformat()},
            "why": {"S": str(error)},
            "body": {"S": base64.b64encode(request.body).decode()},
        }
        self._stores[name].put_row(row)
        logger.error("source %s: a request cannot be read and is kept: %s", name, error)
        self.heard.note(name, request.now, "unreadable", why=str(error))
