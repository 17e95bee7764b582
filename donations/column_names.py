"""Names of columns in people's files (English, German, French) and in known exports."""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from aggregates.units import CURRENCY_EXPONENTS
from donations.currency_names import find_currencies

# Names by role, the most likely first.
ID_NAMES = (
    "donation id", "donation ref", "donation reference", "donation number", "gift id",
    "order id", "transaction id", "transaction code", "payment id", "payment reference",
    "order number", "order no", "order", "charge id", "attendee", "receipt number", "id", "uuid",
    "reference", "ref", "spenden id", "spendennummer", "transaktionscode", "transaktions id",
    "buchungsnummer", "belegnummer", "beleg nr", "referenz", "laufnummer", "nr", "no",
    "numero de don", "numero de transaction", "identifiant", "numero", "n",
)  # fmt: skip
TIME_NAMES = (
    "donated at", "donation date", "date of donation", "time of donation", "donation time",
    "donation date and time", "completed at", "paid at", "payment date", "order date",
    "date created", "created date", "created at", "created", "date and time",
    "date time", "datetime", "timestamp", "transaction date", "date", "when", "spendendatum",
    "datum und uhrzeit",
    "datum uhrzeit", "datum zeit", "zeitpunkt", "zeitstempel", "buchungsdatum", "buchungstag",
    "valuta", "datum", "date et heure", "date du don", "date de paiement", "horodatage", "time",
    "zeit",
)  # fmt: skip
CLOCK_NAMES = ("time", "time of day", "uhrzeit", "zeit", "heure", "heure du don")
ZONE_NAMES = ("time zone", "timezone", "zeitzone", "fuseau horaire")
AMOUNT_NAMES = (
    "donation amount", "amount donated", "gift amount", "pledge amount", "gross amount", "gross",
    "amount", "amount paid", "total paid", "gross sales", "gross revenue", "gross total", "value",
    "donation", "pledge", "gift", "spendenbetrag", "spende", "betrag", "brutto", "summe",
    "montant du don", "montant", "don", "somme",
)  # fmt: skip
CURRENCY_NAMES = (
    "currency", "currency code", "donation currency", "amount currency", "wahrung", "devise",
    "monnaie", "ccy",
)  # fmt: skip
GROUP_NAMES = (
    "platform", "channel", "donation source", "source", "plattform", "kanal", "quelle", "herkunft",
    "plateforme", "canal", "origine",
)  # fmt: skip
STATUS_NAMES = (
    "status", "payment status", "donation status", "order status", "transaction status",
    "attendee status", "zahlungsstatus", "zustand", "statut", "statut du paiement", "etat",
)  # fmt: skip
KIND_NAMES = ("type", "transaction type", "typ", "transaktionstyp")
REFERENCE_NAMES = ("reference txn id", "reference transaction id", "zugehoriger transaktionscode")
REFUNDED_NAMES = ("amount refunded", "refunded amount", "erstatteter betrag", "montant rembourse")

# Names for what a board's ticker often shows, found by the end of the attribute's name.
_ATTRIBUTE_NAMES = (
    ("donor name", "name", "donor", "display name", "full name", "supporter", "donation nickname",
     "from", "spender", "spenderin", "spendername", "nom", "donateur", "nom du donateur", "von"),
    ("donor comment", "comment", "message", "message from donor", "donation message", "note",
     "kommentar", "nachricht", "mitteilung", "bemerkung", "commentaire", "message du donateur"),
)  # fmt: skip


class Header(NamedTuple):
    """A header's plain name, with the currency and the time zone that it also names."""

    name: str
    currencies: frozenset[str] | None = None
    is_utc: bool = False


class Export(NamedTuple):
    """A platform's export, recognized by the names that its header always has."""

    name: str
    columns: frozenset[str]


EXPORTS = (
    Export("Stripe", frozenset(["id", "amount refunded", "converted amount", "seller message"])),
    Export("Stripe", frozenset(["id", "amount refunded", "captured"])),
    Export("PayPal", frozenset(["gross", "net", "transaction id", "balance impact"])),
    Export("PayPal", frozenset(["time zone", "gross", "net", "transaction id"])),
    Export("PayPal", frozenset(["brutto", "netto", "transaktionscode"])),
    Export("JustGiving", frozenset(["donation ref", "estimated gift aid"])),
    Export("JustGiving", frozenset(["donation ref", "donation nickname"])),
    Export("Eventbrite", frozenset(["order", "eventbrite fees"])),
    Export("Eventbrite", frozenset(["order", "attendee"])),
    Export("Eventbrite", frozenset(["order id", "event name", "gross sales"])),
    Export("Eventbrite", frozenset(["order id", "event name", "gross revenue"])),
    Export("Tiltify", frozenset(["donor name", "donor comment", "campaign name"])),
    Export("GoFundMe", frozenset(["donor", "donation amount", "donation type"])),
    Export("Raisely", frozenset(["profile name", "campaign name", "amount"])),
)


def list_attribute_names(attribute: str) -> tuple[str, ...]:
    """Return the possible headers of a board's attribute, its own name first."""
    own = read_header(attribute).name
    others = next((names for names in _ATTRIBUTE_NAMES if own in names), ())
    return tuple(dict.fromkeys((own, *others)))


def find_export(names: frozenset[str]) -> str | None:
    """Return the platform whose export has these headers; None for no known one."""
    return next((export.name for export in EXPORTS if export.columns <= names), None)


@lru_cache(maxsize=4096)
def read_header(text: str) -> Header:
    """Return a header in lower case, without accents, brackets and currencies."""
    codes: frozenset[str] | None = None
    is_utc = False
    kept: list[str] = []
    split = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text[:200].replace("ß", "ss"))
    for part in re.findall(r"[^\W_]+|[^\w\s]", split):
        folded = part.casefold()
        is_code = part in CURRENCY_EXPONENTS or not part.isalnum()
        found = find_currencies(part) if is_code else None
        if found is not None:
            codes = found
        elif folded in ("utc", "gmt") and kept:
            is_utc = True
        elif part.isalnum():
            kept.append(folded)
    plain = unicodedata.normalize("NFKD", " ".join(kept))
    name = "".join(c for c in plain if not unicodedata.combining(c))
    if codes:
        name = name.removesuffix(" in").removesuffix(" en")
    return Header(name.replace("timezone", "time zone"), codes, is_utc)
