"""Reads who may see the display: networks (`ALLOW_CIDR`), and people who sign in (`OIDC_…`)."""

import json
import urllib.request
from collections.abc import Callable, Mapping
from ipaddress import IPv4Network
from typing import Any

from infra.errors import DeployError

# The template has this many parameters for networks.
MOST_NETWORKS = 4
_TIMEOUT_SECONDS = 10.0
# Names in OpenID Connect Discovery: https://openid.net/specs/openid-connect-discovery-1_0.html
_ENDPOINTS = {
    "OidcAuthorizationEndpoint": "authorization_endpoint",
    "OidcTokenEndpoint": "token_endpoint",
    "OidcUserInfoEndpoint": "userinfo_endpoint",
}

Fetch = Callable[[str], bytes]


def read_networks(text: str) -> dict[str, str]:
    """Return the parameters for a list like `10.0.0.0/8,192.0.2.7/32`. Raises `DeployError`."""
    networks = [word.strip() for word in text.split(",") if word.strip()]
    if not 1 <= len(networks) <= MOST_NETWORKS:
        raise DeployError(
            f"ALLOW_CIDR has {len(networks)} networks; write 1 to {MOST_NETWORKS}, separated by"
            " commas, or 0.0.0.0/0 to let everybody in"
        )
    for network in networks:
        try:
            found = IPv4Network(network, strict=False)
        except ValueError as error:
            raise DeployError(
                f"ALLOW_CIDR has {network!r}: {error}; write IPv4 networks such as 10.0.0.0/8"
            ) from None
        if "/" not in network or str(found) != network:
            raise DeployError(f"ALLOW_CIDR has {network!r}; did you mean {found}?")
    networks += [""] * (MOST_NETWORKS - len(networks))
    return {f"AllowCidr{number}": network for number, network in enumerate(networks, 1)}


def check_login(parameters: Mapping[str, str]) -> None:
    """Raise `DeployError` if a login is configured incompletely."""
    issuer = parameters.get("OidcIssuer", "")
    if not issuer:
        return
    if not issuer.startswith("https://"):
        raise DeployError(f"OIDC_ISSUER is {issuer!r}; write an address with https://")
    if not parameters.get("CertificateArn"):
        raise DeployError("OIDC_ISSUER needs CERTIFICATE and DOMAIN: a login needs HTTPS")
    if not parameters.get("OidcClientId") or not parameters.get("OidcSecretArn"):
        raise DeployError(
            "OIDC_ISSUER needs OIDC_CLIENT=…, the client's id, and OIDC_SECRET=…, the ARN of a"
            " secret in Secrets Manager that has the client's secret as plain text"
        )


def fetch(address: str) -> bytes:
    """Return the content of an https address. Raises `OSError`."""
    with urllib.request.urlopen(address, timeout=_TIMEOUT_SECONDS) as reply:  # noqa: S310
        text: bytes = reply.read()
    return text


def find_endpoints(issuer: str, fetch: Fetch = fetch) -> dict[str, str]:
    """Return the parameters for an issuer's endpoints, which it publishes. Raises `DeployError`.

    Without an issuer there is no login, and all are empty.
    """
    if not issuer:
        return dict.fromkeys(_ENDPOINTS, "")
    address = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
    try:
        told: Any = json.loads(fetch(address))
        endpoints = {name: str(told[word]) for name, word in _ENDPOINTS.items()}
        named = str(told["issuer"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DeployError(
            f"OIDC_ISSUER cannot be used: {address} does not say where to sign in"
            f" ({type(error).__name__}: {error})"
        ) from error
    if named != issuer:
        raise DeployError(f"OIDC_ISSUER is {issuer}, but it calls itself {named}: write {named}")
    return endpoints
