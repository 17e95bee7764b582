"""Joins the files that a page loads: a browser asks for one script and one style sheet, not for 90.

Each file is a request, and a phone waits for each round of them. The sources stay as they are, and
are served too.
"""

import re
from collections.abc import Mapping
from graphlib import TopologicalSorter
from posixpath import dirname, join, normpath

_SCRIPT = re.compile(rb'<script type="module" src="static/([^"]+)"')
_SHEETS = re.compile(rb'(?:<link rel="stylesheet" href="static/[^"]+">\n)+')
_SHEET = re.compile(rb'href="static/([^"]+)"')
_IMPORT = re.compile(r'^import \{([^}]*)\} from "(\.\.?/[^"]+)";$', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function\*?|const|class) ([\w$]+))", re.MULTILINE)
_NOTHING = re.compile(r"^export \{\};$", re.MULTILINE)
_REST = re.compile(r"^(?:import|export)\b.*|import\.meta.*|import\((?!\").*", re.MULTILINE)
_AS = re.compile(r"\bas\b")


def join_files(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the files with those of each page joined; `files` are by their path below `static/`.

    A page's script has all modules in it that it imports, also indirectly. Its style sheets are in
    a file of their own (`index.all.css` for `index.html`), in their order.

    Raises KeyError if a module is missing, graphlib.CycleError if modules import each other in a
    circle, and ValueError if a line of a module cannot be joined.
    """
    joined = dict(files)
    for name, page in files.items():
        if not name.endswith(".html"):
            continue
        if script := _SCRIPT.search(page):
            entry = script[1].decode()
            joined[entry] = join_modules(entry, files)
        if links := _SHEETS.search(page):
            sheet = name.removesuffix(".html") + ".all.css"
            sheets = (files[one.decode()] for one in _SHEET.findall(links[0]))
            joined[sheet] = b"".join(sheets)
            link = f'<link rel="stylesheet" href="static/{sheet}">\n'.encode()
            joined[name] = page.replace(links[0], link, 1)
    return joined


def join_modules(entry: str, files: Mapping[str, bytes]) -> bytes:
    """Return one script that does what the module `entry` does. Raises as `join_files` does."""
    needs: dict[str, set[str]] = {}
    waiting = [entry]
    while waiting:
        name = waiting.pop()
        if name not in needs:
            needs[name] = _find_imports(name, files[name].decode())
            waiting.extend(needs[name])
    order = TopologicalSorter(needs).static_order()
    return "".join(_wrap(name, files[name].decode()) for name in order).encode()


def _find_imports(name: str, text: str) -> set[str]:
    return {_locate(name, path) for _, path in _IMPORT.findall(text)}


def _locate(name: str, path: str) -> str:
    return normpath(join(dirname(name), path))


def _wrap(name: str, text: str) -> str:
    """Return a module as a constant: a scope of its own that gives what the module exports."""

    def take(match: re.Match[str]) -> str:
        names = _AS.sub(":", " ".join(match[1].split()))
        return f"const {{ {names} }} = {_variable(_locate(name, match[2]))};"

    exports = ", ".join(_EXPORT.findall(text))
    text = _EXPORT.sub("", _IMPORT.sub(take, _NOTHING.sub("", text)))
    if rest := _REST.search(text):
        raise ValueError(f"static/{name} cannot be joined with other files: {rest[0]!r}")
    return f"const {_variable(name)} = (() => {{\n{text}\nreturn {{ {exports} }};\n}})();\n"


def _variable(name: str) -> str:
    return "$" + re.sub(r"\W", "_", name.removesuffix(".js"))
