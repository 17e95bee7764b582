import pytest

from local.errors import LocalError
from local.settings import read_settings


def test_without_variables_the_defaults_hold() -> None:
    settings = read_settings({})
    assert (settings.port, settings.boards, settings.redis_url) == (8000, "boards", None)
    assert settings.donors_per_second > 0


def test_an_empty_variable_is_as_good_as_none() -> None:
    empty = dict.fromkeys(("PORT", "BOARDS", "REDIS_URL", "DONORS"), "")
    assert read_settings(empty) == read_settings({})


def test_only_a_clear_yes_lets_totals_be_thrown_away() -> None:
    assert not any(read_settings({"FRESH": text}).fresh for text in ("", "0", "no", "maybe"))
    assert all(read_settings({"FRESH": text}).fresh for text in ("1", "yes", "True"))


def test_this_machine_alone_is_served_unless_another_address_is_named() -> None:
    assert read_settings({}).host == "127.0.0.1"
    assert read_settings({"HOST": "0.0.0.0"}).host == "0.0.0.0"


def test_no_donors_can_be_asked_for() -> None:
    assert read_settings({"DONORS": "0"}).donors_per_second == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "http"), ("PORT", "0"), ("PORT", "65536"), ("DONORS", "many"), ("DONORS", "-1")],
)
def test_a_wrong_value_names_the_variable_and_what_to_write(name: str, value: str) -> None:
    with pytest.raises(LocalError, match=f'{name} is "{value}"; write'):
        read_settings({name: value})
