"""Whose an address is: how the streams of one holder are told from those of another."""

import ipaddress


def name_holder(address: str) -> str | None:
    """Return a text that all spellings of one holder's addresses have; None for what is none.

    A provider gives each customer at least a /64 of IPv6, so addresses of the same /64 have one
    holder. An IPv4 address in IPv6's notation is the IPv4 address.
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return None
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(parsed) >> 64 << 64, 64)))
