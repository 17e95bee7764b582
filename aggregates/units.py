"""Units of measures: a currency's minor units, or plain numbers."""

from decimal import Decimal
from typing import NamedTuple

# ISO 4217, active codes by number of decimals (table A.1 of 2026-01-01; funds and metals left out).
_CURRENCIES_BY_EXPONENT = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF",
    2: (
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD"
        " CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP"
        " GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD"
        " LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB"
        " PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC"
        " SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW"
        " ZWG"
    ),
    3: "BHD IQD JOD KWD LYD OMR TND",
}

CURRENCY_EXPONENTS = {
    code: exponent for exponent, codes in _CURRENCIES_BY_EXPONENT.items() for code in codes.split()
}


class Unit(NamedTuple):
    """A unit: `name` is an ISO 4217 code, or empty for plain numbers; `exponent` its decimals.

    An integer `amount_minor` means `amount_minor / 10**exponent` of the unit.
    """

    name: str
    exponent: int


PLAIN = Unit(name="", exponent=0)


def format_amount(minor: int, unit: Unit) -> str:
    """Return an amount such as `2,222,790.52`, without the unit's name."""
    return f"{Decimal(minor).scaleb(-unit.exponent):,f}"


def currency(code: str) -> Unit:
    """Return the unit of an ISO 4217 code; raise KeyError for one that is not in use."""
    return Unit(name=code, exponent=CURRENCY_EXPONENTS[code])
