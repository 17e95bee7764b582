"""Holds the load client against streams whose every byte is known, cut at every kind of place."""

import contextlib
import random
import socket
import threading
import time

from benchmarks.fanout.load import LoadClient

_CLIENTS = 6
_EVENTS = 200
_FIRST_VERSION = 10


def check_load_client() -> None:
    """Raise `AssertionError` where the load client counts otherwise than what was sent."""
    server = socket.create_server(("127.0.0.1", 0))
    load = LoadClient(server.getsockname()[1], "/", _CLIENTS)
    load.open_window(0, 2**63)
    for index in range(_CLIENTS):
        connection, _ = server.accept()
        threading.Thread(target=_serve, args=(connection, index), daemon=True).start()
    deadline = time.monotonic() + 20
    while (report := load.report()).lost < _CLIENTS and time.monotonic() < deadline:
        time.sleep(0.05)
    load.end()
    server.close()
    assert report.fewest == report.most == _EVENTS, report
    assert report.events == report.received == _CLIENTS * _EVENTS, report
    assert report.with_newest == _CLIENTS, report
    assert report.newest_version == _FIRST_VERSION + _EVENTS - 1, report
    assert report.lost == _CLIENTS, report
    print(f"the load client counts right: {report.events:,} of {_CLIENTS * _EVENTS:,}")


def _serve(connection: socket.socket, index: int) -> None:
    """Send one stream: LF or CRLF, chunked or not, in pieces of one byte and more; then close."""
    chance = random.Random(index)
    connection.recv(4096)
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
    body = _make_body("\r\n" if index % 2 else "\n")
    if index % 3:
        head += b"Transfer-Encoding: chunked\r\n"
        chunks = list(_cut(body, chance, [1, 2, 3, 50, 300, 2000]))
        body = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in [*chunks, b""])
    with contextlib.closing(connection):
        for piece in _cut(head + b"\r\n" + body, chance, [1, 1, 2, 5, 100, 1000]):
            connection.sendall(piece)
            if chance.random() < 0.05:
                time.sleep(0.001)


def _make_body(end: str) -> bytes:
    """Return a stream with all that must not be counted among what must."""
    lines = [": hello", "", "retry: 777", "", "event: snapshot"]
    lines += [f'data: {{"version":7,"at":"{time.monotonic_ns()}"}}', ""]
    for version in range(_FIRST_VERSION, _FIRST_VERSION + _EVENTS):
        now_ns = time.monotonic_ns()
        data = f'{{"verified_at":"2026","version":{version},"at":"{now_ns}","x":"a\\"v\\"at"}}'
        lines += ["event: update", f"id: e-{version}", f"data: {data}", ""]
        lines += ["event: status", 'data: {"at":"2026-11-21T00:00:00Z","version":"no"}', ""]
    return "".join(line + end for line in lines).encode()


def _cut(text: bytes, chance: random.Random, lengths: list[int]) -> list[bytes]:
    pieces = []
    while text:
        length = chance.choice(lengths)
        pieces.append(text[:length])
        text = text[length:]
    return pieces
