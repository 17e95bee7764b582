from pathlib import Path

import pytest

from webapp.app import create_app
from webapp.settings import Settings, SettingsError


def test_settings_come_from_the_environment() -> None:
    settings = Settings.from_environment({"REDIS_URL": "rediss://cache:6380", "BOARDS": "a.toml,b"})
    assert (settings.redis_url, settings.boards) == ("rediss://cache:6380", "a.toml,b")


@pytest.mark.parametrize("environment", [{}, {"REDIS_URL": "", "BOARDS": ""}, {"redis_url": "x"}])
def test_what_the_environment_leaves_out_or_empty_has_a_default(
    environment: dict[str, str],
) -> None:
    assert Settings.from_environment(environment) == Settings("redis://127.0.0.1:6379", "boards")


def test_the_display_is_the_one_beside_the_app() -> None:
    assert Settings().static == Path(__file__).parents[2] / "static"


def test_one_address_does_not_get_all_streams_unless_it_is_said() -> None:
    assert Settings().max_clients_per_address < Settings().max_clients / 10
    environment = {"MAX_CLIENTS": "100", "MAX_CLIENTS_PER_ADDRESS": "100"}
    settings = Settings.from_environment(environment)
    assert (settings.max_clients, settings.max_clients_per_address) == (100, 100)


def test_a_path_and_the_sites_that_may_embed_it_are_settings() -> None:
    environment = {"ROOT_PATH": "/live/", "FRAME_ANCESTORS": "'self' https://*.example.org:8443"}
    settings = Settings.from_environment(environment)
    assert settings.root_path == "/live"
    assert settings.frame_ancestors == "'self' https://*.example.org:8443"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("MAX_CLIENTS", "0"),
        ("MAX_CLIENTS", "many"),
        ("MAX_CLIENTS", "9" * 5000),
        ("ROOT_PATH", "live"),
        ("ROOT_PATH", "//evil.example"),
        ("FRAME_ANCESTORS", "https://a.example; script-src *"),
        ("FRAME_ANCESTORS", "https://a.example\r\nx: y"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(name: str, text: str) -> None:
    with pytest.raises(SettingsError, match=name):
        Settings.from_environment({name: text})


def test_every_setting_is_documented_with_its_default() -> None:
    text = (Path(__file__).parents[2] / "docs/operations.md").read_text("utf-8")
    rows = {
        cells[0].strip(" `"): cells[2].strip()
        for line in text.splitlines()
        if line.startswith("| `") and len(cells := line.strip("|").split("|")) == 3
    }
    settings = Settings()
    assert rows["MAX_CLIENTS"] == str(settings.max_clients)
    assert rows["MAX_CLIENTS_PER_ADDRESS"] == str(settings.max_clients_per_address)
    assert {"FORWARDED_ALLOW_IPS", "KEEP_ALIVE_SECONDS", "ROOT_PATH", "FRAME_ANCESTORS"} <= set(
        rows
    )


def test_a_redis_url_that_cannot_be_used_is_told_without_its_password() -> None:
    with pytest.raises(
        SettingsError, match=r"REDIS_URL has a # in its password; write %23"
    ) as told:
        Settings.from_environment({"REDIS_URL": "redis://:test#TEST@127.0.0.1:6379/1"})
    assert "test" not in str(told.value).lower()


@pytest.mark.parametrize(("text", "is_public"), [("1", True), ("0", False), ("", True)])
def test_metrics_and_what_is_not_counted_are_public_unless_it_is_said(
    text: str, is_public: bool
) -> None:
    settings = Settings.from_environment({"PUBLIC_METRICS": text, "PUBLIC_REJECTED": text})
    assert (settings.public_metrics, settings.public_rejected) == (is_public, is_public)
    paths = {getattr(route, "path", "") for route in create_app(settings).routes}
    assert ("/metrics" in paths) is is_public
    assert ("/api/boards/{board}/rejected" in paths) is is_public


def test_a_switch_that_is_neither_on_nor_off_is_named() -> None:
    with pytest.raises(SettingsError, match="PUBLIC_METRICS is 'yes'; write 0 or 1"):
        Settings.from_environment({"PUBLIC_METRICS": "yes"})
