"""Estimates what the page for very many viewers costs (docs/page.md has the formulas)."""

# USD, North America and Europe, rounded; nobody has compared them with the list recently. An HTTPS
# request to CloudFront and a GB from it, with what is free each month; a write and a read of S3.
_REQUEST = 0.01 / 10_000
_FREE_REQUESTS = 10_000_000
_SENT_GB = 0.085
_FREE_SENT_GB = 1_000
_PUT = 0.005 / 1_000
_GET = 0.0004 / 1_000
# A viewer asks every 2 s, and an edge asks the bucket at most each second; at most 600 edges do.
_REQUESTS_HOUR = 1_800
_MOST_EDGES = 600
# The board's file with gzip, and headers.
_FILE_BYTES = 1_200 + 400
# It is written each second while donations come, else every 10 s.
_PUTS_HOUR = 360
_MOST_PUTS_HOUR = 3_600


def estimate_page(viewers: int, hours: float, month_hours: float) -> float:
    """Return the USD of a month in which so many viewers watch for some hours, the most it can be.

    Donations come all the time meanwhile, so each request is answered with a new file.
    """
    requests = viewers * hours * _REQUESTS_HOUR
    sent_gb = requests * _FILE_BYTES / 1e9
    reads = min(viewers / 2, _MOST_EDGES) * hours * 3600
    writes = hours * _MOST_PUTS_HOUR + (month_hours - hours) * _PUTS_HOUR
    return (
        max(0.0, requests - _FREE_REQUESTS) * _REQUEST
        + max(0.0, sent_gb - _FREE_SENT_GB) * _SENT_GB
        + reads * _GET
        + writes * _PUT
    )
