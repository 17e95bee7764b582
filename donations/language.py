"""What a language's people write first in a date."""

from donations.moment import DateOrder

# English has no order of its own; these languages have the year first, and both orders after it.
_ENGLISH_ORDERS: dict[str, DateOrder] = {
    "GB": "day", "IE": "day", "AU": "day", "NZ": "day", "IN": "day", "SG": "day", "US": "month",
}  # fmt: skip
_YEAR_FIRST_LANGUAGES = "eu hu ja ko lt mn zh"


def find_language_order(language: str) -> DateOrder | None:
    """Return what comes first in 01/02/2026; None where people of that language write both."""
    name, _, region = language.partition("-")
    if name.casefold() == "en":
        return _ENGLISH_ORDERS.get(region.upper())
    is_open = name.casefold() in _YEAR_FIRST_LANGUAGES.split() or region.upper() == "US"
    return None if is_open else "day"
