"""DonorDrive's list of donations, as its documentation describes it, on 127.0.0.1."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tests.intake.stand_in import Asked, Told, tell_json
from tests.intake.sweeps import START


class DonorDrive:
    """`rows` are all donations by id; `after_page` is called once a page has been made."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, Any]] = {}
        self.currency = "USD"
        self.after_page: Callable[[], None] = lambda: None

    def give(self, number: int, amount: float | None, **fields: Any) -> str:
        name = f"{number:016X}"
        at = START - timedelta(hours=2) + timedelta(seconds=number)
        moment = f"{at:%Y-%m-%dT%H:%M:%S}.{number % 1000:03}+0000"
        row = {"donationID": name, "createdDateUTC": moment, "isRegFee": False, "message": None}
        row |= {"displayName": f"Donor {number}", "participantID": 4024}
        self.rows[name] = row | ({} if amount is None else {"amount": amount}) | fields
        return name

    def reply(self, asked: Asked) -> Told:
        if asked.path == "/api/about":
            return tell_json({"currency": {"symbol": "$", "label": self.currency}}, asked)
        if asked.path != "/api/participants/4024/donations":
            return Told(404)
        limit, offset = int(asked.query["limit"]), int(asked.query["offset"])
        if limit > 100:
            return Told(400)
        is_newest_first = asked.query["orderBy"] == "createdDateUTC DESC"
        rows = sorted(self.rows.values(), key=lambda row: str(row["createdDateUTC"]))
        rows = rows[::-1] if is_newest_first else rows
        told = tell_json(rows[offset : offset + limit], asked)
        self.after_page()
        return told
