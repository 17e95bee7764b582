"""DonorDrive (Extra Life and others): a public list of donations, which is asked again and again.

    url = "https://www.extra-life.org/api"
    participant = 531203        # or team, or event

There is no webhook and no key, so only TLS proves who answers. The newest donations are fetched
every 20 seconds, all of them every five minutes (https://github.com/DonorDrive/PublicAPI, version
1.3).
"""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from aggregates.board_fields import Fields
from aggregates.units import CURRENCY_EXPONENTS
from intake.errors import Forged, Malformed, Unreachable
from intake.fetching import Fetcher, require_safe
from intake.providers.donordrive.donation_list import DonationList
from intake.providers.donordrive.rows import RowReader
from intake.providers.donordrive.sweep import DonorDriveSweeper
from intake.request import Provider, Reading, Request, Sweeper
from intake.source import Source

_KINDS = {"participant": "participants", "team": "teams", "event": "events"}
_ID = re.compile(r"[0-9A-Za-z-]{1,40}", re.ASCII)
_URL = "https://www.extra-life.org/api"


class DonorDriveProvider:
    """Refuses whatever is sent: DonorDrive sends nothing."""

    def verify(self, _: Request) -> None:
        raise Forged("DonorDrive sends nothing by itself")

    def read(self, _: Request) -> Reading:
        raise Malformed("DonorDrive sends nothing by itself")


def open_provider(
    source: Source, fields: Fields, _: Mapping[str, str]
) -> tuple[Provider, Sweeper | None]:
    """Return a list of DonorDrive's as a source; it has no secret."""
    if source.secrets:
        raise fields.error("secret", "is not needed: DonorDrive has none; take the line out")
    url = fields.text("url", _URL).strip().rstrip("/")
    try:
        require_safe(url)
    except Unreachable:
        raise fields.error("url", f'is {url!r}; write one such as "{_URL}"') from None
    program = (urlsplit(url).hostname or "").removeprefix("www.")
    reader = RowReader(program, counts_fees=fields.boolean("registration_fees"))
    donations = DonationList(Fetcher(program), url, _read_place(fields), _read_currency(fields))
    return DonorDriveProvider(), DonorDriveSweeper(donations, reader)


def _read_place(fields: Fields) -> str:
    """Return whose donations are listed, such as `participants/531203`."""
    found = {}
    for field, kind in _KINDS.items():
        value = fields.get(field, (int, str), f"the number in its page's address: {field} = 531203")
        if value is None:
            continue
        if not _ID.fullmatch(str(value)):
            raise fields.error(field, f"is {value!r}; write the number in its page's address")
        found[field] = f"{kind}/{value}"
    if len(found) != 1:
        what = "are there together" if found else "are all missing"
        names = ", ".join(found or _KINDS)
        raise fields.error(names, f"{what}; write one of them, such as participant = 531203")
    return next(iter(found.values()))


def _read_currency(fields: Fields) -> str:
    """Return the currency that the file names; "" where DonorDrive is to be asked."""
    code = (fields.optional_text("currency", "USD") or "").strip().upper()
    if code and code not in CURRENCY_EXPONENTS:
        raise fields.error("currency", f'is {code!r}; write a code such as "USD"')
    return code
