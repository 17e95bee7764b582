"""Access to the crew's pages: a code, then a signed session; forms only from our own pages."""

import hmac
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import urlsplit

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from crew.guesses import Guesses
from crew.plain_text import clean_text

# Long enough for an evening and the clearing up.
SESSION_SECONDS = 16 * 3600
COOKIE = "crew"
MAX_FIELD_BYTES = 256 * 1024
MAX_NAME_CHARACTERS = 40

Handler = Callable[[Request], Awaitable[Response]]


class Refused(Exception):
    """A request is refused: the HTTP status, and the reason for a person."""

    def __init__(self, status: int, reason: str, retry_after_seconds: int = 0) -> None:
        super().__init__(reason)
        self.status, self.reason = status, reason
        self.retry_after_seconds = retry_after_seconds


@dataclass(frozen=True)
class Helper:
    """A signed-in helper."""

    name: str
    # Every form on this helper's pages carries it; a form without it is not from our pages.
    form_token: str


class Access:
    """Signs helpers in and out, and finds the helper behind a request.

    Sessions are Starlette's (a signed cookie). `read_code` returns the current code; changing it
    signs everybody out. Visitors who are not signed in are redirected to `sign_in_path`.
    """

    def __init__(
        self,
        read_code: Callable[[], str],
        guesses: Guesses | None = None,
        sign_in_path: str = "/crew/sign-in",
    ) -> None:
        self._read_code = read_code
        self._guesses = guesses or Guesses()
        self._sign_in_path = sign_in_path

    def sign_in(self, request: Request, code: str, name: str) -> Helper:
        """Sign a helper in; raise `Refused` for a wrong code, or after too many of them."""
        address = request.client.host if request.client else ""
        wait = self._guesses.wait_seconds(address)
        if wait:
            seconds = int(wait) + 1
            raise Refused(429, f"Too many wrong codes. Try again in {seconds} s.", seconds)
        if not hmac.compare_digest(_fold(code).encode(), _fold(self._read_code()).encode()):
            self._guesses.note_wrong(address)
            raise Refused(403, "Wrong code. The machine that runs the event shows the code.")
        name = clean_text(name)
        if not name:
            raise Refused(422, "Enter your name: it is recorded with what you enter and correct.")
        if len(name) > MAX_NAME_CHARACTERS:
            raise Refused(422, f"Enter a name of at most {MAX_NAME_CHARACTERS} characters.")
        self._guesses.note_right(address)
        helper = Helper(name, secrets.token_urlsafe(24))
        request.session.clear()
        request.session.update(
            name=helper.name, form_token=helper.form_token, code=self._mark_of_code()
        )
        return helper

    def sign_out(self, request: Request) -> None:
        """Sign the helper out."""
        request.session.clear()

    def find_helper(self, request: Request) -> Helper | None:
        """Return the helper who is signed in; None for nobody, or if the code has changed since."""
        session = request.session
        mark = session.get("code")
        if not isinstance(mark, str) or not hmac.compare_digest(mark, self._mark_of_code()):
            return None
        name, token = session.get("name"), session.get("form_token")
        return Helper(str(name), str(token)) if name and token else None

    def require(self, handler: Handler) -> Handler:
        """Return a handler that only helpers reach; others are sent to the sign-in page."""

        async def guarded(request: Request) -> Response:
            helper = self.find_helper(request)
            if helper is None:
                if request.method not in ("GET", "HEAD"):
                    raise Refused(403, "You are no longer signed in. Sign in, then enter it again.")
                return RedirectResponse(self._sign_in_path, status_code=303)
            request.state.helper = helper
            if request.method in ("GET", "HEAD"):
                return await handler(request)
            check_origin(request)
            form = await read_form(request)
            try:
                check_token(form, helper)
                return await handler(request)
            finally:
                await form.close()

        return guarded

    def _mark_of_code(self) -> str:
        """Return a digest of the code for sessions, which do not hold the code itself."""
        return sha256(f"crew {_fold(self._read_code())}".encode()).hexdigest()[:24]


def check_token(form: FormData, helper: Helper) -> None:
    """Raise `Refused` for a form that is not from a page of this session."""
    token = form.get("form_token")
    if not isinstance(token, str) or not hmac.compare_digest(
        token.encode("utf-8", "replace"), helper.form_token.encode()
    ):
        raise Refused(403, "This form is from an older page. Load the page again.")


async def read_form(request: Request) -> FormData:
    """Return a request's form with at most one file; raise `Refused` if it cannot be parsed."""
    try:
        form = await request.form(max_files=1, max_fields=200, max_part_size=MAX_FIELD_BYTES)
    except HTTPException as error:
        raise Refused(error.status_code, f"This form cannot be read: {error.detail}") from error
    return form


def check_origin(request: Request) -> None:
    """Raise `Refused` for a form sent by another site's page."""
    site = request.headers.get("sec-fetch-site")
    if site is not None and site not in ("same-origin", "none"):
        raise Refused(403, "This form was sent from another site.")
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise Refused(403, "This form was sent from another site.")


def _fold(code: str) -> str:
    """Return a code without the capitals, blanks and dashes that people add or leave out."""
    return "".join(character for character in code.casefold() if character.isalnum())
