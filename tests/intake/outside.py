"""The world outside of an evening: a list of DonorDrive's and an account of Twilio's, over HTTP.

Both fail now and then, as everything does: too many requests, an error, an answer that breaks off.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from random import Random
from threading import Lock
from typing import Any

from tests.intake.donordrive_stand_in import DonorDrive
from tests.intake.senders import NOW
from tests.intake.stand_in import Asked, Told, run_stand_in
from tests.intake.twilio_stand_in import ACCOUNT, PUBLIC_URL, TOKEN, Sms, Twilio

_FAILS = 15
# A number of its own for each way in which texts count.
NUMBERS = {
    "pledges": "+14155550101",
    "votes": "+14155550102",
    "once": "+14155550103",
    "counted": "+14155550104",
}
SWEPT = ("donordrive", *NUMBERS)
ENVIRONMENT = {"TWILIO": TOKEN, "SALT": "a salt of an evening", "PUBLIC_URL": PUBLIC_URL}


class Outside:
    """What providers have by themselves. Threads share this; `now` never stands still."""

    def __init__(self, random: Random, faults: Counter[str]) -> None:
        self.donordrive, self.twilio = DonorDrive(), Twilio(tuple(NUMBERS.values()))
        self.url = ""
        self.is_calm = False
        self.faults = faults
        self._random, self._lock = random, Lock()
        self._now = NOW
        self._versions: dict[str, int] = {}

    def turn_to(self, moment: datetime) -> None:
        with self._lock:
            self._now = max(self._now, moment)

    def read_clock(self) -> datetime:
        with self._lock:
            self._now += timedelta(milliseconds=1)
            return self._now

    def show(self, name: str, version: int, row: dict[str, Any] | None) -> None:
        """Have DonorDrive list a row, or no longer; an older version changes nothing."""
        with self._lock:
            if version <= self._versions.get(name, -1):
                return
            self._versions[name] = version
            if row is None:
                self.donordrive.rows.pop(name, None)
            else:
                self.donordrive.rows[name] = row

    def send(self, sms: Sms) -> None:
        with self._lock:
            if sms not in self.twilio.sent:
                self.twilio.sent.append(sms)

    def reply(self, asked: Asked) -> Told:
        with self._lock:
            fails = not self.is_calm and self._random.randrange(_FAILS) == 0
            self.faults["a provider failed"] += fails
            if fails:
                told = [Told(429), Told(503), Told(200, b'[{"donationID":'), Told(200, b"{}")]
                return self._random.choice(told)
            is_twilio = asked.path.startswith("/2010-04-01/")
            return self.twilio.reply(asked) if is_twilio else self.donordrive.reply(asked)

    def write_sources(self, boards: dict[str, str]) -> str:
        """Return the sources that are asked; `boards` are their boards' names."""
        twilio = "".join(
            f'[sources.{name}]\nprovider = "twilio"\nboard = "{boards[name]}"\n'
            f'platform = "{name}"\nsecret = "TWILIO"\naccount = "{ACCOUNT}"\nnumber = "{number}"\n'
            f'api_url = "{self.url}"\n{_MODES[name]}\n'
            for name, number in NUMBERS.items()
        )
        return (
            f'{twilio}[sources.donordrive]\nprovider = "donordrive"\nparticipant = 4024\n'
            f'board = "{boards["donordrive"]}"\nplatform = "donordrive"\nurl = "{self.url}/api"\n'
        )


_OPTIONS = 'mode = "votes"\noptions = ["RED", "GREEN", "BLUE"]\n'
_MODES = {
    "pledges": 'mode = "pledges"',
    "votes": _OPTIONS,
    "once": f'{_OPTIONS}one_vote = "first"\nsalt = "SALT"',
    "counted": f'{_OPTIONS}counter = {{attribute = "Votes", shards = 3}}',
}


@contextmanager
def run_outside(random: Random, faults: Counter[str]) -> Iterator[Outside]:
    outside = Outside(random, faults)
    with run_stand_in(outside.reply) as web:
        outside.url = web.url
        yield outside
