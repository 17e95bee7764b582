"""Attacks on the crew's pages: nothing happens without the code, a session and a form of ours."""

from html.parser import HTMLParser
from itertools import product
from typing import Any

import pytest
from itsdangerous import TimestampSigner
from starlette.testclient import TestClient

from crew.access import COOKIE, SESSION_SECONDS
from crew.body_limit import MAX_FILE_BYTES
from tests.crew.office import Helper, Office
from tests.stream_events import donation

PAGES = ["", "find", "gift?key=d-1", "approve", "import", "control", "state", "export"]
FILES = ["export.csv", "export.xlsx", "sheet"]
FORMS = ["enter", "gift", "take-back", "bring-back", "approve", "import", "control", "sign-out"]

# HTML, attributes, script, template, direction marks, control characters, and a lone surrogate.
NASTY = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' autofocus onfocus='alert(1)",
    "{{ 7*7 }}{% for x in y %}",
    "</bdi></title></textarea>\u202e\u2066gnp.exe",
    "\u0000\u0007\u001b[2J\u2028",
    "\u05d0\u200f\u202babc\u202a",
    "&lt;b&gt;&#x27;",
]


MEMORIES = ["", "{}", "[]", '{"donationId": 1}', "[" * 50_000]


@pytest.mark.parametrize("path", PAGES + FILES)
def test_a_page_without_a_session_leads_to_the_sign_in(office: Office, path: str) -> None:
    reply = Helper(office).client.get(f"/crew/{path}")
    assert (reply.status_code, reply.headers["location"]) == (303, "/crew/sign-in")
    assert reply.text == ""


@pytest.mark.parametrize("form", FORMS)
def test_a_form_without_a_session_does_nothing(office: Office, form: str) -> None:
    office.put(donation("d-1"))
    before = office.items()
    reply = Helper(office).send(form, {"key": "d-1", "how": "50", "group": "Phone"})
    assert reply.status_code == 403
    assert office.items() == before


@pytest.mark.parametrize("form", FORMS)
def test_a_form_without_our_token_does_nothing(office: Office, ana: Helper, form: str) -> None:
    ana.enter("25")
    seen = ana.fill(ana.get(""), "take-back") | ana.fill(ana.get(""), "enter")
    before = office.items()
    for token in ("", "guess", office.let_in("Ben").fill(ana.get(""), "enter")["form_token"] + "x"):
        reply = ana.send(form, seen | {"form_token": token, "how": "50", "group": "Phone"})
        assert reply.status_code == 403
    assert office.items() == before
    assert ana.client.get("/crew/").status_code == 200


@pytest.mark.parametrize(
    "headers", [{"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}], ids=str
)
def test_a_form_from_another_site_does_nothing_whatever_it_knows(
    office: Office, ana: Helper, headers: dict[str, str]
) -> None:
    form = ana.fill(ana.get(""), "enter") | {"group": "Phone", "how": "50"}
    assert ana.send("enter", form, headers=headers).status_code == 403
    assert office.items() == []
    reply = Helper(office).client.post(
        "/crew/sign-in", data={"code": office.code, "name": "Eve"}, headers=headers
    )
    assert reply.status_code == 403


def test_a_session_signed_by_another_key_is_refused(office: Office, ana: Helper) -> None:
    payload, _, _ = ana.client.cookies[COOKIE].rpartition(".")
    data = payload.rpartition(".")[0]
    forged = TimestampSigner("x" * 40).sign(data.encode()).decode()
    eve = Helper(office)
    eve.client.cookies.set(COOKIE, forged, path="/crew")
    assert eve.client.get("/crew/").status_code == 303


def test_an_old_session_is_refused(
    office: Office, ana: Helper, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = TimestampSigner("x").get_timestamp()
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda _: now + SESSION_SECONDS + 60)
    assert ana.client.get("/crew/").status_code == 303


def test_another_code_signs_everybody_out_at_once(office: Office, ana: Helper) -> None:
    form = ana.fill(ana.get(""), "enter") | {"group": "Phone", "how": "50"}
    office.code = "efgh-6789"
    assert ana.client.get("/crew/").status_code == 303
    assert ana.send("enter", form).status_code == 403
    assert office.items() == []
    office.let_in("Ana")


def test_guesses_are_slowed_down_and_the_page_says_for_how_long(office: Office) -> None:
    eve = Helper(office).client
    replies = [
        eve.post("/crew/sign-in", data={"code": f"guess{n}", "name": "Eve"}) for n in range(6)
    ]
    assert [reply.status_code for reply in replies] == [403] * 5 + [429]
    assert int(replies[-1].headers["retry-after"]) >= 1
    assert "Too many wrong codes" in replies[-1].text


@pytest.mark.parametrize("form", ["sign-in", *FORMS])
def test_a_form_of_10_mb_is_refused_before_it_is_read(office: Office, form: str) -> None:
    ana = office.let_in()
    size = MAX_FILE_BYTES + 1 if form == "import" else 10_000_000
    sent = 0

    def body() -> Any:
        nonlocal sent
        for _ in range(size // 100_000 + 1):
            sent += 100_000
            yield b"x=" + b"y" * 99_998

    kind = {"content-type": "application/x-www-form-urlencoded"}
    declared = ana.client.post(f"/crew/{form}", content=b"y" * size, headers=kind)
    assert declared.status_code == 413
    # Without a content-length, the bytes are counted as they arrive.
    streamed = ana.client.post(f"/crew/{form}", content=body(), headers=kind)
    assert streamed.status_code == 413


def test_a_file_of_32_mb_needs_a_session_first(office: Office) -> None:
    reply = Helper(office).client.post(
        "/crew/import", files={"file": ("x.csv", b"y" * 20_000_000, "text/csv")}
    )
    assert reply.status_code == 403


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"--x\r\n", "multipart/form-data"),
        (b"nonsense", "multipart/form-data; boundary=x"),
        (b"a=1&" * 5000, "application/x-www-form-urlencoded"),
        (b"\xff\xfe=\xff", "application/x-www-form-urlencoded"),
        (b'{"json": 1}', "application/json"),
    ],
)
def test_a_request_that_is_not_a_form_is_refused_with_a_sentence(
    ana: Helper, content: bytes, kind: str
) -> None:
    reply = ana.client.post("/crew/enter", content=content, headers={"content-type": kind})
    assert 400 <= reply.status_code < 500
    assert "That did not work" in reply.text


class Page(HTMLParser):
    """Collects the markup, and the elements that contain text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in ("img", "iframe", "style", "object"), tag
        if tag not in ("meta", "link", "input", "br"):
            self.open.append(tag)
        for name, value in attrs:
            assert not name.startswith("on"), (tag, attrs)
            if name in ("src", "href", "action"):
                assert value is not None
                assert value.startswith(("/crew/", "#", "?")), value

    def handle_endtag(self, tag: str) -> None:
        while self.open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        # In an isolated element, a stranger's text cannot affect the text beside it.
        if "gnp.exe" in data:
            assert self.open[-1] in ("bdi", "title", "button"), (self.open, data)


def check_page(text: str) -> None:
    """Fail if people's text becomes markup or changes the direction of the page's own text."""
    Page(text)
    assert "{{ 7*7 }}" in text or "7*7" not in text
    assert not set("\u202a\u202b\u202d\u202e\u2066\u2067\x00\x07\x1b") & set(text)


def test_what_donors_write_is_text_on_every_page(office: Office, ana: Helper) -> None:
    for number, text in enumerate(NASTY):
        item = donation(f"d-{number}", f"{text} {number}", amount=number + 1)
        item |= {"name": {"S": text}, "comment": {"S": text * 3}, "donationId": {"S": text}}
        office.put(item)
        broken = donation(f"b-{number}") | {"amount": {"S": text}, "name": {"S": text}}
        office.put(broken | {"donatedAt": {"S": text}, text.replace("\0", "_"): {"S": text}})
    for path in ["", "find", "approve", "state", "export", "sheet", "find?q=1"]:
        check_page(ana.get(path))
    for text in NASTY:
        reply = ana.client.get("/crew/gift", params={"key": text})
        assert reply.status_code == 200
        check_page(reply.text)
        check_page(ana.client.get("/crew/find", params={"q": text}).text)


def test_what_helpers_type_is_text_on_every_page(office: Office) -> None:
    for text in NASTY:
        helper = Helper(office)
        name = text[:40]
        reply = helper.client.post("/crew/sign-in", data={"code": office.code, "name": name})
        if reply.status_code != 303:
            check_page(reply.text)
            continue
        entered = helper.enter("25", text, name=text, comment=text)
        check_page(entered.text)
        pin = helper.fill(helper.get("control"), "control")
        helper.send("control", pin | {"pin": text[:140], "what": "pin"})
        check_page(helper.send("enter", pin | {"entry": text, "how": text, "group": text}).text)
        for path in ["", "find", "approve", "control", "state", "sheet"]:
            check_page(helper.get(path))


def test_an_item_with_half_a_character_breaks_no_page(office: Office, ana: Helper) -> None:
    index = office.app.state.desk.boards[office.board.name].index
    ana.get("")
    index.note("d-1", donation("d-1") | {"name": {"S": "half \ud800 of it"}})
    for path in ["", "find?q=half", "export.csv"]:
        assert ana.client.get(f"/crew/{path}").status_code == 200


@pytest.mark.parametrize(
    ("form", "seen"),
    list(
        product(
            ["gift", "take-back", "approve"], ["", "{}", "[]", '{"donationId": 1}', "[" * 50_000]
        )
    ),
)
def test_a_forged_memory_of_a_gift_is_refused(
    office: Office, ana: Helper, form: str, seen: str
) -> None:
    office.put(donation("d-1"))
    token = ana.fill(ana.get(""), "enter")["form_token"]
    reply = ana.send(form, {"form_token": token, "seen": seen, "what": "hide"})
    assert reply.status_code == 422
    assert len(office.items()) == 1


def test_every_answer_forbids_frames_scripts_of_others_and_copies(ana: Helper) -> None:
    for path in ["", "state", "sheet", "export.csv", "nowhere", "sign-in"]:
        headers = ana.client.get(f"/crew/{path}").headers
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"


def test_nothing_but_the_pages_own_files_is_served(office: Office) -> None:
    client: TestClient = Helper(office).client
    for path in ["static/../app.py", "static/%2e%2e/app.py", "static/..%2fapp.py", "app.py"]:
        assert client.get(f"/crew/{path}").status_code == 404
