"""Asks the web app's API."""

import http.client
import json
from typing import Any


def fetch_json(url: str, path: str) -> dict[str, Any]:
    """Return the answer to a GET. Raises `OSError` if there is none, or it is an error."""
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=10)
    try:
        connection.request("GET", path)
        reply = connection.getresponse()
        text = reply.read()
    except http.client.HTTPException as error:
        raise OSError(f"{url}{path} does not answer: {error}") from error
    finally:
        connection.close()
    if reply.status != http.client.OK:
        raise OSError(f"{url}{path} answers {reply.status}: {text[:200]!r}")
    told: dict[str, Any] = json.loads(text)
    return told
