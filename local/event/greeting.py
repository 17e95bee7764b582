"""The greeting of `make event`: addresses for the screens and the crew's phones."""

import io
from pathlib import Path

import segno

from local.keep.folder import EventFolder
from local.ports import ALL_ADDRESSES, HOST, find_lan_address


def find_address(host: str, port: int, public_url: str = "") -> str:
    """Return the address that people type: the proxy's, the network's, or this machine's."""
    if public_url:
        return public_url.rstrip("/")
    name = find_lan_address() if host == ALL_ADDRESSES else host
    if name in (None, HOST):
        name = "localhost"
    return f"http://{name}:{port}"


def describe_event(
    folder: EventFolder, board: Path, address: str, code: str, *, items: int, draws: bool
) -> str:
    """Return the text shown at the start; `draws` adds QR codes for phones."""
    is_here_alone = "//localhost:" in address
    lines = ["", f"  Screens   {address}   (walls, projectors, OBS: {address}/help)"]
    if draws and not is_here_alone:
        lines += draw_code(address)
    crew = f"{address}/crew"
    lines += ["", f"  Crew      {crew}   with the code   {code}"]
    if draws and not is_here_alone:
        lines += ["", "            QR code for the helpers' phones; it includes the code:"]
        lines += draw_code(f"{crew}/sign-in#{code}")
    if is_here_alone:
        lines += [
            "",
            "  Only this machine can reach it. For phones and other screens: HOST=0.0.0.0",
        ]
    lines += [
        "",
        f"  Kept in   {folder.store}, {items:,} items so far",
        "  Backup    make backup DATA={path} FILE=copy.sqlite   at any time, also onto a USB stick",
        f"  Board     {board}: you can edit it while this runs; the screens follow",
        f"  Code      to change it: make crew-code DATA={{path}} NEW=1, or edit {folder.code}",
        "",
        "  Ctrl-C stops it. The same command resumes it.",
        "",
    ]
    return "\n".join(line.replace("{path}", str(folder.path)) for line in lines)


def draw_code(text: str) -> list[str]:
    """Return a QR code as lines for a terminal. Dark modules are blanks, for dark terminals."""
    drawing = io.StringIO()
    segno.make(text, error="l", micro=False).terminal(drawing, border=2, compact=True)
    return [f"            {line}" for line in drawing.getvalue().rstrip("\n").split("\n")]
