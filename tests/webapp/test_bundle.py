import re
from graphlib import CycleError

import pytest

from webapp.bundle import join_files, join_modules
from webapp.settings import Settings

PAGE = (
    b'<head>\n<link rel="stylesheet" href="static/a.css">\n'
    b'<link rel="stylesheet" href="static/b.css">\n'
    b'<script type="module" src="static/main.js"></script>\n</head>'
)
FILES = {
    "index.html": PAGE,
    "a.css": b"a {}\n",
    "b.css": b"b {}\n",
    "main.js": b'import { a as one } from "./a.js";\nimport {\n  b,\n} from "./panels/b.js";\n',
    "a.js": b'/** @typedef {import("./types.js").A} A */\nexport const a = 1;\n',
    "panels/b.js": b'import { a } from "../a.js";\nexport function b() {\n  return a;\n}\n',
    "types.js": b"export {};\n",
}


def read_static() -> dict[str, bytes]:
    static = Settings().static
    found = [path for path in static.rglob("*") if path.is_file()]
    return {path.relative_to(static).as_posix(): path.read_bytes() for path in found}


def test_a_script_has_the_modules_in_it_each_after_what_it_needs() -> None:
    assert join_modules("main.js", FILES).decode() == (
        "const $a = (() => {\n"
        '/** @typedef {import("./types.js").A} A */\nconst a = 1;\n\n'
        "return { a };\n})();\n"
        "const $panels_b = (() => {\n"
        "const { a } = $a;\nfunction b() {\n  return a;\n}\n\n"
        "return { b };\n})();\n"
        "const $main = (() => {\n"
        "const { a : one } = $a;\nconst { b, } = $panels_b;\n\n"
        "return {  };\n})();\n"
    )


def test_a_page_has_one_style_sheet_in_the_order_of_its_links() -> None:
    joined = join_files(FILES)
    assert joined["index.all.css"] == b"a {}\nb {}\n"
    assert joined["index.html"].count(b"stylesheet") == 1
    assert b'<link rel="stylesheet" href="static/index.all.css">\n<script' in joined["index.html"]
    assert joined["panels/b.js"] == FILES["panels/b.js"]


def test_a_page_without_files_stays_as_it_is() -> None:
    assert join_files({"a.html": b"<head></head>"}) == {"a.html": b"<head></head>"}


def test_what_cannot_be_joined_is_an_error() -> None:
    for line in (
        'import all from "./a.js";',
        "export let a = 1;",
        "export default a;",
        "const here = import.meta.url;",
        "const late = import(name);",
    ):
        with pytest.raises(ValueError, match=r"static/main.js cannot be joined"):
            join_modules("main.js", FILES | {"main.js": line.encode()})
    with pytest.raises(KeyError, match="gone"):
        join_modules("main.js", {"main.js": b'import { x } from "./gone.js";'})
    with pytest.raises(CycleError):
        join_modules("main.js", FILES | {"a.js": b'import { b } from "./panels/b.js";'})


def test_every_module_of_the_display_is_loaded_by_some_page() -> None:
    files = read_static()
    entries = ("main.js", "help.js", "boards.js", "confetti_worker.js")
    used = set(
        re.findall(
            r"const \$(\w+) = ", "".join(join_modules(name, files).decode() for name in entries)
        )
    )
    modules = {name for name in files if name.endswith(".js")} - {"types.js", "cannot_start.js"}
    assert {re.sub(r"\W", "_", name.removesuffix(".js")) for name in modules} == used
