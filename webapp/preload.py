"""Adds links that make a browser load all of a page's modules at once, not one after another."""

import re
from collections.abc import Mapping
from posixpath import dirname, join, normpath

_MODULE = re.compile(rb'<script type="module" src="static/([^"]+)"')
_IMPORT = re.compile(rb'\bfrom "(\.\.?/[^"]+)"')
_END_OF_HEAD = b"</head>"


def add_preload_links(page: bytes, files: Mapping[str, bytes]) -> bytes:
    """Return the page with a link to every module that its script imports, also indirectly.

    `files` are the display's files by their path below `static/`. A page without a script is
    returned unchanged.
    """
    script = _MODULE.search(page)
    if script is None:
        return page
    first = script[1].decode()
    links = "".join(
        f'<link rel="modulepreload" href="static/{name}">\n'
        for name in sorted(find_imports(first, files) - {first})
    )
    return page.replace(_END_OF_HEAD, links.encode() + _END_OF_HEAD, 1)


def find_imports(name: str, files: Mapping[str, bytes]) -> set[str]:
    """Return a module and all modules that it imports. Raises KeyError if one is missing."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        module = waiting.pop()
        if module in found:
            continue
        found.add(module)
        imported = (name.decode() for name in _IMPORT.findall(files[module]))
        waiting.extend(normpath(join(dirname(module), name)) for name in imported)
    return found
