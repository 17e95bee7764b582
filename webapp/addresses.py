"""Maps addresses to their holders, so that streams can be counted per holder."""

import ipaddress


def name_holder(address: str) -> str | None:
    """Return one text for all addresses of a holder; None if the text is not an address.

    A provider gives each customer at least a /64 of IPv6, so addresses in the same /64 have one
    holder. An IPv4 address in IPv6 notation counts as the IPv4 address.
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
