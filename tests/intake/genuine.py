"""Whether a provider takes a request as its own."""

from intake.errors import Forged
from intake.request import Provider, Request


def is_genuine(provider: Provider, request: Request) -> bool:
    try:
        provider.verify(request)
    except Forged:
        return False
    return True
