"""What `make event` tells a person: where the screens and the crew's phones find it."""

import io
from pathlib import Path

import segno

from local.keep.folder import EventFolder
from local.ports import ALL_ADDRESSES, HOST, find_lan_address


def find_address(host: str, port: int, public_url: str = "") -> str:
    """Return the address that people type: of the proxy, of the network, or of this machine."""
    if public_url:
        return public_url.rstrip("/")
    name = find_lan_address() if host == ALL_ADDRESSES else host
    if name in (None, HOST):
        name = "localhost"
    return f"http://{name}:{port}"


def describe_event(
    folder: EventFolder, board: Path, address: str, code: str, *, items: int, draws: bool
) -> str:
    """Return what is told at the start; `draws` adds codes for phones to scan."""
    is_here_alone = "//localhost:" in address
    lines = ["", f"  Screens   {address}   (walls, projectors, OBS: {address}/help)"]
    if draws and not is_here_alone:
        lines += draw_code(address)
    crew = f"{address}/crew"
    lines += ["", f"  Crew      {crew}   with the code   {code}"]
    if draws and not is_here_alone:
        lines += ["", "            For the helpers' phones, with the code in it:"]
        lines += draw_code(f"{crew}/sign-in#{code}")
    if is_here_alone:
        lines += ["", "  Only this machine reaches it. For phones and other screens: HOST=0.0.0.0"]
    lines += [
        "",
        f"  Kept in   {folder.store}, {items:,} items until now",
        "  Backup    make backup DATA={path} FILE=copy.sqlite   at any time, onto a USB stick too",
        f"  Board     {board}: save it while this runs, and the screens follow",
        f"  Code      another one: make crew-code DATA={{path}} NEW=1, or edit {folder.code}",
        "",
        "  Ctrl-C stops it. The same command goes on where it was.",
        "",
    ]
    return "\n".join(line.replace("{path}", str(folder.path)) for line in lines)


def draw_code(text: str) -> list[str]:
    """Return a QR code as lines for a terminal, dark modules as blanks: most are dark."""
    drawing = io.StringIO()
    segno.make(text, error="l", micro=False).terminal(drawing, border=2, compact=True)
    return [f"            {line}" for line in drawing.getvalue().rstrip("\n").split("\n")]
