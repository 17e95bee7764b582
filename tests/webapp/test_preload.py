import re

import pytest

from webapp.preload import add_preload_links, find_imports
from webapp.settings import Settings

FILES = {
    "main.js": b'import { a } from "./a.js";\nimport {\n  b,\n} from "./panels/b.js";\n',
    "a.js": b'/** @typedef {import("./types.js").A} A */\nexport const a = 1;\n',
    "panels/b.js": b'import { a } from "../a.js";\nimport { c } from "./c.js";\n',
    "panels/c.js": b'import { b } from "./b.js"; // a circle\n',
    "alone.js": b"",
}
PAGE = b'<head>\n<script type="module" src="static/main.js"></script>\n</head><body></body>'

# What pages load first, and what a page has a worker load.
_FIRST = ("main.js", "help.js", "boards.js", "confetti_worker.js")


def test_a_page_names_every_module_that_its_script_imports() -> None:
    page = add_preload_links(PAGE, FILES).decode()
    links = re.findall(r'<link rel="modulepreload" href="static/([^"]+)">', page)
    assert links == ["a.js", "panels/b.js", "panels/c.js"]
    assert page.index("modulepreload") < page.index("</head>")


def test_a_page_without_a_script_stays_as_it_is() -> None:
    assert add_preload_links(b"<head></head>", FILES) == b"<head></head>"


def test_a_module_that_is_missing_is_an_error() -> None:
    with pytest.raises(KeyError, match="gone"):
        find_imports("main.js", {"main.js": b'import { x } from "./gone.js";'})


def test_every_module_of_the_display_is_loaded_by_some_page() -> None:
    static = Settings().static
    files = {
        path.relative_to(static).as_posix(): path.read_bytes() for path in static.rglob("*.js")
    }
    used = set().union(*(find_imports(name, files) for name in _FIRST))
    assert set(files) - used == {"types.js", "cannot_start.js"}
