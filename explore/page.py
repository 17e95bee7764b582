"""The page `/explore`, for the curious: it asks the API with a key that its user types in."""

from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

_OWN = Path(__file__).parent / "static"
# The page's colours, and modules that it shares with the display.
_DISPLAY = Path(__file__).parent.parent / "static"
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
        " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    # Browsers ask again at each load, and get 304 while nothing has changed.
    "cache-control": "no-cache",
}


def page_routes() -> list[Route]:
    """Return the routes of the page and its files."""

    async def show_page(_: Request) -> Response:
        return FileResponse(_OWN / "index.html", headers=_HEADERS, media_type="text/html")

    return [
        Route("/explore", show_page, methods=["GET"]),
        _serve_folder("/explore/static", _OWN),
        _serve_folder("/static", _DISPLAY),
    ]


def _serve_folder(address: str, folder: Path) -> Route:
    """Return the route of a folder's files. Only names that are there now lead anywhere."""
    found = (path for path in sorted(folder.rglob("*")) if path.suffix in _TYPES)
    files = {path.relative_to(folder).as_posix(): path for path in found}

    async def serve_file(request: Request) -> Response:
        path = files.get(request.path_params["path"])
        if path is None:
            raise HTTPException(404)
        return FileResponse(path, headers=_HEADERS, media_type=_TYPES[path.suffix])

    return Route(f"{address}/{{path:path}}", serve_file, methods=["GET"])
