"""A helper at the crew's pages of a running event, by HTTP as a browser would."""

import re
import secrets

import httpx

from tests.local.evening import Evening


class Helper:
    """A volunteer who has signed in to the crew's pages."""

    def __init__(self, evening: Evening, name: str = "Ann") -> None:
        address = f"http://127.0.0.1:{evening.port}"
        self.pages = httpx.Client(base_url=address, headers={"origin": address}, timeout=30)
        evening.closing.callback(self.pages.close)
        evening.wait_until(lambda: self.pages.get("/crew/sign-in").status_code == 200)
        code = evening.folder.read_code()
        self.pages.post("/crew/sign-in", data={"code": code, "name": name})
        found = re.search('name="form_token" value="([^"]+)"', self.pages.get("/crew/").text)
        assert found is not None
        self._token = found[1]

    def enter(self, amount: str, entry: str = "") -> httpx.Response:
        """Enter a gift by phone; the same `entry` is the same form, sent again."""
        form = {"form_token": self._token, "entry": entry or make_entry(), "group": "Phone"}
        return self.pages.post("/crew/enter", data=form | {"amount": amount, "how": "typed"})


def make_entry() -> str:
    """Return what a form has that was just loaded."""
    return secrets.token_hex(12)
