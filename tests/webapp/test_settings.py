from pathlib import Path

import pytest

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


def test_a_redis_url_that_cannot_be_used_is_told_without_its_password() -> None:
    with pytest.raises(
        SettingsError, match=r"REDIS_URL has a # in its password; write %23"
    ) as told:
        Settings.from_environment({"REDIS_URL": "redis://:test#TEST@127.0.0.1:6379/1"})
    assert "test" not in str(told.value).lower()
