"""Who may see the display: networks and a login."""

import json

import pytest

from infra.access import check_login, find_endpoints, read_networks
from infra.errors import DeployError

ISSUER = "https://id.example.org/crew"
TOLD = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/authorize",
    "token_endpoint": f"{ISSUER}/token",
    "userinfo_endpoint": f"{ISSUER}/userinfo",
}
READY = {
    "OidcIssuer": ISSUER,
    "CertificateArn": "arn:x",
    "OidcClientId": "display",
    "OidcSecretArn": "arn:y",
}


def test_networks_that_are_not_named_again_are_taken_away() -> None:
    assert read_networks("10.0.0.0/8, 192.0.2.7/32") == {
        "AllowCidr1": "10.0.0.0/8",
        "AllowCidr2": "192.0.2.7/32",
        "AllowCidr3": "",
        "AllowCidr4": "",
    }


def test_one_address_has_to_be_written_as_a_network() -> None:
    with pytest.raises(DeployError, match=r"did you mean 192\.0\.2\.7/32\?"):
        read_networks("192.0.2.7")


def test_an_issuer_tells_where_to_sign_in() -> None:
    asked: list[str] = []

    def fetch(address: str) -> bytes:
        asked.append(address)
        return json.dumps(TOLD).encode()

    assert find_endpoints(ISSUER, fetch) == {
        "OidcAuthorizationEndpoint": f"{ISSUER}/authorize",
        "OidcTokenEndpoint": f"{ISSUER}/token",
        "OidcUserInfoEndpoint": f"{ISSUER}/userinfo",
    }
    assert asked == [f"{ISSUER}/.well-known/openid-configuration"]


@pytest.mark.parametrize(
    ("told", "says"),
    [
        (b"<html>", "does not say where to sign in"),
        (b"[]", "does not say where to sign in"),
        (json.dumps(TOLD | {"issuer": "https://id.example.org"}).encode(), "calls itself"),
    ],
)
def test_an_issuer_that_cannot_be_used_is_refused(told: bytes, says: str) -> None:
    with pytest.raises(DeployError, match=says):
        find_endpoints(ISSUER, lambda _: told)


def test_no_issuer_is_no_login() -> None:
    check_login({})
    assert set(find_endpoints("").values()) == {""}


@pytest.mark.parametrize(
    ("without", "says"),
    [
        ("CertificateArn", "needs CERTIFICATE"),
        ("OidcClientId", "OIDC_CLIENT"),
        ("OidcSecretArn", "OIDC_SECRET"),
    ],
)
def test_a_login_that_lacks_something_is_refused(without: str, says: str) -> None:
    check_login(READY)
    with pytest.raises(DeployError, match=says):
        check_login({name: value for name, value in READY.items() if name != without})
