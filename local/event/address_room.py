"""Gives the help page this machine's address in the network, with a QR code."""

from collections.abc import Mapping
from io import BytesIO

import segno
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.event.greeting import find_address
from local.ports import HOST
from webapp.hub import Hub
from webapp.rooms import Room


def make_address_room(hub: Hub, environment: Mapping[str, str]) -> Room:
    """Return a room with the QR code of the current address, which may change with the network."""
    host, port = environment.get("HOST") or HOST, int(environment.get("PORT") or 8000)
    public_url = environment.get("PUBLIC_URL", "")

    def find() -> str:
        address = find_address(host, port, public_url)
        return "" if "//localhost" in address else f"{address}/"

    async def draw(_: Request) -> Response:
        drawing = BytesIO()
        segno.make(find() or "/", error="m").save(drawing, kind="svg", border=2, scale=6)
        headers = {"cache-control": "no-store"}
        return Response(drawing.getvalue(), media_type="image/svg+xml", headers=headers)

    hub.find_address = find
    return Room([Route("/address.svg", draw)])
