"""The currencies that signs, codes and words beside an amount may stand for."""

from aggregates.units import CURRENCY_EXPONENTS

_DOLLARS = (
    "USD AUD BBD BMD BND BSD BZD CAD FJD GYD HKD JMD KYD LRD NAD NZD SBD SGD SRD TTD TWD XCD"
    " ARS CLP COP MXN UYU"
)
_POUNDS = "GBP EGP FKP GIP LBP SHP SYP"
_RUPEES = "INR LKR MUR NPR PKR SCR"
_CROWNS = "SEK DKK ISK NOK"

# A sign may stand for several currencies; one of them must be the board's unit.
_SIGNS = {
    "$": _DOLLARS,
    "us$": "USD",
    "u$s": "USD",
    "$us": "USD CAD",
    "a$": "AUD",
    "au$": "AUD",
    "c$": "CAD",
    "ca$": "CAD",
    "$ca": "CAD",
    "nz$": "NZD",
    "hk$": "HKD",
    "s$": "SGD",
    "sg$": "SGD",
    "nt$": "TWD",
    "mx$": "MXN",
    "r$": "BRL",
    "dollar": _DOLLARS,
    "dollars": _DOLLARS,
    "€": "EUR",
    "euro": "EUR",
    "euros": "EUR",
    "£": _POUNDS,
    "pound": _POUNDS,
    "pounds": _POUNDS,
    "¥": "JPY CNY",
    "￥": "JPY CNY",
    "円": "JPY",
    "元": "CNY TWD",
    "yen": "JPY",
    "₹": "INR",
    "rs": _RUPEES,
    "rs.": _RUPEES,
    "rupees": _RUPEES,
    "fr": "CHF",
    "fr.": "CHF",
    "frs": "CHF",
    "frs.": "CHF",
    "sfr": "CHF",
    "sfr.": "CHF",
    "franken": "CHF",
    "francs": "CHF",
    "stutz": "CHF",
    "kr": _CROWNS,
    "kr.": _CROWNS,
    "zł": "PLN",
    "kč": "CZK",
    "ft": "HUF",
    "lei": "RON MDL",
    "лв": "BGN",
    "₽": "RUB",
    "руб": "RUB",
    "руб.": "RUB",
    "₴": "UAH",
    "₺": "TRY",
    "tl": "TRY",
    "₪": "ILS",
    "₩": "KRW KPW",
    "฿": "THB",
    "₫": "VND",
    "₱": "PHP",
    "₦": "NGN",
    "₵": "GHS",
    "₡": "CRC",
    "₲": "PYG",
    "₸": "KZT",
    "₾": "GEL",
    "֏": "AMD",
    "r": "ZAR",
    "rm": "MYR",
    "rp": "IDR",
    "ksh": "KES",
}

_CODES = {sign: frozenset(codes.split()) for sign, codes in _SIGNS.items()} | {
    code.casefold(): frozenset([code]) for code in CURRENCY_EXPONENTS
}


def find_currencies(name: str) -> frozenset[str] | None:
    """Return the codes that a sign, code or word may stand for; None if it is not a currency."""
    return _CODES.get(" ".join(name.casefold().split()))
