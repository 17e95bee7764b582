"""The engine's process: how it is started, and the messages to and from it."""

import asyncio
import itertools
import socket
import sys
from asyncio.subprocess import Process
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from explore.errors import EngineRestarted
from explore.frames import HEAD, FrameError, decode_body, encode_frame, read_length
from explore.limits import Limits

# The folder of our packages: the child has no environment that would name it.
_ROOT = Path(__file__).resolve().parent.parent
# Each arena takes 64 MB of the address space that is limited.
_ENVIRONMENT = {"MALLOC_ARENA_MAX": "2", "PYTHONUTF8": "1"}
_START_SECONDS = 60.0
_CLOSE_SECONDS = 2.0

# What Python runs, and arguments before the socket's.
MODULE = ("explore.engine",)

Message = dict[str, Any]


class EngineProcess:
    """One process, from its start to its end. Make it with `start`."""

    def __init__(
        self, process: Process, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._process, self._reader, self._writer = process, reader, writer
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Message]] = {}
        # Why old files could not be used, by board.
        self.notes: Mapping[str, str] = {}
        self.ended = asyncio.Event()
        self.is_killed = False
        self._reading: asyncio.Task[None] | None = None

    @classmethod
    async def start(
        cls, boards: Mapping[str, Message], limits: Limits, module: Sequence[str] = MODULE
    ) -> "EngineProcess":
        """Start the process and wait until it has opened its files. `module` is what Python runs.

        Raises `EngineRestarted` if it ends before.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", *module, str(theirs.fileno())),
                stdin=asyncio.subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                env=_ENVIRONMENT,
                cwd=_ROOT,
                start_new_session=True,
            )
        reader, writer = await asyncio.open_unix_connection(sock=ours)
        started = cls(process, reader, writer)
        try:
            await started._send({"limits": asdict(limits), "boards": dict(boards)})
            async with asyncio.timeout(_START_SECONDS):
                first = await started._receive()
            if first is None:
                raise EngineRestarted(f"the engine does not start ({await process.wait()})")
            started.notes = first["notes"]
        except BaseException:
            started.kill()
            raise
        started._reading = asyncio.create_task(started._read())
        return started

    @property
    def pid(self) -> int:
        return self._process.pid

    async def ask(self, message: Message) -> tuple[int, "asyncio.Future[Message]"]:
        """Send a message; return its number, and what will be answered.

        The future raises `EngineRestarted` if the process ends first.
        """
        number = next(self._numbers)
        future: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        if self.is_killed:
            raise EngineRestarted("the engine ended")
        self._waiting[number] = future
        try:
            await self._send({"id": number, **message})
        except BaseException:
            self._waiting.pop(number, None)
            raise
        return number, future

    async def interrupt(self, query: int) -> None:
        """Interrupt a query; it answers that it was interrupted, or has answered."""
        await self._send({"do": "interrupt", "query": query})

    def kill(self) -> None:
        """End the process now; what it has committed is in its files."""
        self.is_killed = True
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.kill()
        self._writer.close()

    async def close(self) -> None:
        """End the process: it ends when its socket does."""
        self._writer.close()
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self._process.wait()
        except TimeoutError:
            self.kill()
            await self._process.wait()

    async def _send(self, message: Message) -> None:
        try:
            self._writer.write(encode_frame(message))
            await self._writer.drain()
        except OSError as error:
            raise EngineRestarted(f"the engine ended: {error}") from error

    async def _receive(self) -> Message | None:
        try:
            head = await self._reader.readexactly(HEAD.size)
            return decode_body(await self._reader.readexactly(read_length(head)))
        except (OSError, asyncio.IncompleteReadError, FrameError):
            return None

    async def _read(self) -> None:
        """Give answers to those who wait, until the process ends."""
        while (message := await self._receive()) is not None:
            future = self._waiting.pop(message["id"], None)
            if future is not None and not future.done():
                future.set_result(message)
        self.is_killed = True
        await self.close()
        self.ended.set()
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(
                    EngineRestarted("the engine ended while it worked on this; ask again")
                )
                # Whoever asked may have stopped waiting.
                future.exception()
        self._waiting.clear()
