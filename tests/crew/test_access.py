"""Nobody can change anything without the code, a session of ours and a form of ours."""

from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from crew.access import COOKIE, Access, Refused
from crew.guesses import Guesses


class Code:
    text = "abcd-2345"

    def __call__(self) -> str:
        return self.text


@pytest.fixture
def code() -> Code:
    return Code()


@pytest.fixture
def client(code: Code) -> Iterator[TestClient]:
    access = Access(code, Guesses(lambda: 0.0), "/sign-in")

    async def sign_in(request: Request) -> Response:
        form = await request.form()
        helper = access.sign_in(request, str(form.get("code", "")), str(form.get("name", "")))
        return JSONResponse({"token": helper.form_token})

    async def enter(request: Request) -> Response:
        return PlainTextResponse(f"entered by {request.state.helper.name}")

    async def refuse(_: Request, error: Exception) -> Response:
        assert isinstance(error, Refused)
        return PlainTextResponse(error.reason, error.status)

    app = Starlette(
        routes=[
            Route("/sign-in", sign_in, methods=["POST", "GET"]),
            Route("/enter", access.require(enter), methods=["GET", "POST"]),
        ],
        middleware=[Middleware(SessionMiddleware, secret_key="k" * 32, session_cookie=COOKIE)],
        exception_handlers={Refused: refuse},
    )
    with TestClient(app, follow_redirects=False) as client:
        yield client


def sign_in(client: TestClient, code: str = "ABCD 2345", name: str = "  Ana  B ") -> str:
    reply = client.post("/sign-in", data={"code": code, "name": name})
    assert reply.status_code == 200, reply.text
    return str(reply.json()["token"])


def test_a_helper_with_the_code_may_enter(client: TestClient) -> None:
    token = sign_in(client)
    reply = client.post("/enter", data={"form_token": token})
    assert (reply.status_code, reply.text) == (200, "entered by Ana B")


def test_without_a_session_a_page_leads_to_the_sign_in_and_a_form_is_refused(
    client: TestClient,
) -> None:
    reply = client.get("/enter")
    assert (reply.status_code, reply.headers["location"]) == (303, "/sign-in")
    assert client.post("/enter", data={}).status_code == 403


def test_a_wrong_code_is_refused_and_many_are_slowed_down(client: TestClient) -> None:
    replies = [client.post("/sign-in", data={"code": f"guess{n}", "name": "x"}) for n in range(6)]
    assert [reply.status_code for reply in replies] == [403] * 5 + [429]
    # The right code is refused too until the wait is over; otherwise it would reveal itself.
    assert client.post("/sign-in", data={"code": "abcd2345", "name": "x"}).status_code == 429


@pytest.mark.parametrize("name", ["", "   ", "x" * 41])
def test_a_helper_has_a_name(client: TestClient, name: str) -> None:
    assert client.post("/sign-in", data={"code": "abcd2345", "name": name}).status_code == 422


def test_a_forged_session_is_refused(client: TestClient) -> None:
    sign_in(client)
    cookie = client.cookies[COOKIE]
    payload, _, signature = cookie.rpartition(".")
    client.cookies.clear()
    client.cookies.set(COOKIE, f"{payload}.{'A' * len(signature)}")
    assert client.get("/enter").status_code == 303


def test_the_session_cannot_be_read_by_scripts_or_sent_by_other_sites(client: TestClient) -> None:
    reply = client.post("/sign-in", data={"code": "abcd2345", "name": "Ana"})
    cookie = reply.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "abcd" not in cookie


def test_another_code_signs_everybody_out(client: TestClient, code: Code) -> None:
    token = sign_in(client)
    code.text = "efgh-6789"
    assert client.get("/enter").status_code == 303
    assert client.post("/enter", data={"form_token": token}).status_code == 403


@pytest.mark.parametrize("form", [{}, {"form_token": "guessed"}, {"form_token": ""}])
def test_a_form_without_our_token_is_refused(client: TestClient, form: dict[str, str]) -> None:
    sign_in(client)
    assert client.post("/enter", data=form).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_a_form_of_another_site_is_refused_whatever_it_knows(
    client: TestClient, headers: dict[str, str]
) -> None:
    token = sign_in(client)
    reply = client.post("/enter", data={"form_token": token}, headers=headers)
    assert reply.status_code == 403


def test_a_token_of_another_session_is_refused(client: TestClient) -> None:
    first = sign_in(client)
    sign_in(client, name="Ben")
    assert client.post("/enter", data={"form_token": first}).status_code == 403
