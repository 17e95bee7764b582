"""The pages to import a spreadsheet: show how it is read and what it changes, then write it."""

import threading
from dataclasses import replace
from typing import Any, NamedTuple

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from crew.desk import BoardDesk, Desk, helper_of, in_thread
from crew.forms import FormError
from crew.gifts import Gift, Gifts, Image
from crew.import_answers import PREFIX, pick_answers, read_answers
from crew.import_writer import write_import
from crew.pages import Pages
from crew.uploads import Upload, Uploads
from donations.answers import Answers
from donations.errors import DonationError
from donations.file_plan import FilePlan, read_file
from donations.table import Difference, compare_with_table

_SHOWN_ROWS = 8
_SHOWN_MISTAKES = 100
_SHOWN_CHANGES = 20
_GONE = "The server no longer has that file. Choose it again."


class Change(NamedTuple):
    """A gift that a file would change: each field's value now and after."""

    line: int
    gift: Gift
    fields: list[str]


class Reading(NamedTuple):
    """A file as it is read, and how it differs from the table."""

    plan: FilePlan
    difference: Difference


def importing_routes(desk: Desk, pages: Pages) -> list[Route]:
    """Return the routes that import a file."""
    uploads = Uploads()

    async def show(request: Request) -> Response:
        return pages.show(request, "import.html", desk.choose(request).board)

    async def look(request: Request) -> Response:
        board_desk = desk.choose(request)
        owner = helper_of(request).form_token
        form = await request.form()
        file = form.get("file")
        if isinstance(file, UploadFile):
            if not file.filename:
                return _say(request, pages, board_desk, "Choose a file first.")
            data = await file.read()
            upload = await in_thread(uploads.add, owner, file.filename, data)
        else:
            found = uploads.find(owner, str(form.get("upload", "")))
            if found is None:
                return _say(request, pages, board_desk, _GONE)
            upload = found
        said = pick_answers(form)
        try:
            answers = read_answers(said, board_desk.gifts.zone)
            reading = await in_thread(_read, board_desk, upload, answers)
        except (DonationError, FormError) as error:
            problem = str(error).removeprefix(f"{upload.path}: ")
            return _say(request, pages, board_desk, f"{upload.path.name}: {problem}")
        if form.get("what") != "write" or not _is_ready(reading):
            values = _describe(board_desk, reading, upload, said)
            return pages.show(request, "import_plan.html", board_desk.board, **values)
        done = await in_thread(
            write_import,
            reading.difference,
            board_desk.journal,
            helper_of(request).name,
            removes_gone=answers.gone == "remove",
        )
        uploads.remove(upload.id)
        return pages.show(
            request, "import_done.html", board_desk.board, done=done, name=upload.path.name
        )

    require = desk.access.require
    return [
        Route("/import", require(show), methods=["GET"]),
        Route("/import", require(look), methods=["POST"]),
    ]


def _say(request: Request, pages: Pages, board_desk: BoardDesk, problem: str) -> Response:
    return pages.show(request, "import.html", board_desk.board, 422, problem=problem)


def _read(board_desk: BoardDesk, upload: Upload, answers: Answers) -> Reading:
    """Read a file and compare it with the table; write nothing."""
    stop = threading.Event()
    plan = read_file(upload.path, board_desk.board, stop, answers)
    if not plan.is_clear:
        return Reading(plan, Difference())
    difference = compare_with_table(plan, board_desk.journal.dynamodb, stop)
    if answers.source is not None:
        difference = replace(difference, questions=[])
    return Reading(plan, difference)


def _is_ready(reading: Reading) -> bool:
    return reading.plan.is_clear and not reading.difference.questions


def _describe(
    board_desk: BoardDesk, reading: Reading, upload: Upload, said: dict[str, str]
) -> dict[str, Any]:
    """Return the values for the template of the page about a file."""
    plan, difference, gifts = reading.plan, reading.difference, board_desk.gifts
    questions = [*plan.questions, *difference.questions]
    asked = {question.name for question in questions}
    counted = [gifts.read(row.item).contribution for row in plan.rows]
    minors = [c.values[0] for c in counted if c is not None and c.values]
    return {
        "name": upload.path.name,
        "upload": upload.id,
        "plan": plan,
        "rows": [(row.line, gifts.show(gifts.read(row.item))) for row in plan.rows[:_SHOWN_ROWS]],
        "total": gifts.describe(sum(minors)) if minors else "",
        "left_out": plan.left_out[:_SHOWN_MISTAKES],
        "mistakes": plan.mistakes[:_SHOWN_MISTAKES],
        "questions": questions,
        "answers": [(f"{PREFIX}{n}", text) for n, text in said.items() if n not in asked],
        "prefix": PREFIX,
        "is_ready": _is_ready(reading),
        "difference": difference,
        "gone": [gifts.show(gifts.read(item)) for item in difference.gone[:_SHOWN_CHANGES]],
        "changes": [
            _describe_change(gifts, one.line, one.old, one.new)
            for one in difference.changed[:_SHOWN_CHANGES]
        ],
    }


def _describe_change(gifts: Gifts, line: int, old: Image, new: Image) -> Change:
    names = sorted(name for name in {*old, *new} if old.get(name) != new.get(name))
    fields = [
        f"{name}: {gifts.text(old, name) or '(nothing)'} → {gifts.text(new, name) or '(nothing)'}"
        for name in names
    ]
    return Change(line, gifts.show(gifts.read(old)), fields)
