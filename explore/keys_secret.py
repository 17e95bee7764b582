"""Copies the keys from a secret of AWS Secrets Manager into the file of keys, once a minute.

Nobody can change a file in a container. So a key that is put into the secret, or revoked there,
takes effect within a minute, and nothing has to start again.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from explore.keys import KeysError, load_keys

logger = logging.getLogger("tallyboard")

_PAUSE_SECONDS = 60.0
# While it was never read, nobody gets in.
_FIRST_PAUSE_SECONDS = 5.0


class KeysSecret:
    """The secret `arn`, whose text becomes the file `path`. `manager` is a boto3 client."""

    def __init__(self, arn: str, path: Path, manager: Any, pause_seconds: float = _PAUSE_SECONDS):
        self._arn, self._path, self._manager = arn, path, manager
        self._pause_seconds = pause_seconds
        self._text: str | None = None

    @asynccontextmanager
    async def copying(self) -> AsyncIterator[None]:
        """Copy now, and again and again until the end of the block."""
        await self._try()
        copying = asyncio.create_task(self._go_on())
        try:
            yield
        finally:
            copying.cancel()
            with suppress(asyncio.CancelledError):
                await copying

    async def _go_on(self) -> None:
        while True:
            is_first = self._text is None
            await asyncio.sleep(_FIRST_PAUSE_SECONDS if is_first else self._pause_seconds)
            await self._try()

    async def _try(self) -> None:
        try:
            await asyncio.to_thread(self._copy)
        except (BotoCoreError, ClientError, OSError) as error:
            # The keys that are known stay: a revoked one may be among them, so it is an error.
            logger.error("the secret of keys cannot be read: %s", error)

    def _copy(self) -> None:
        text: str = self._manager.get_secret_value(SecretId=self._arn).get("SecretString", "")
        if text == self._text:
            return
        draft = self._path.with_name(f"{self._path.name}.new")
        draft.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(text, "utf-8")
        draft.replace(self._path)
        self._text = text
        try:
            count = len(load_keys(self._path))
        except KeysError as error:
            # As with a broken file, nobody gets in until it is put right.
            logger.error("the secret of keys cannot be used: %s", error)
        else:
            logger.info("the secret has %d key%s", count, "" if count == 1 else "s")
