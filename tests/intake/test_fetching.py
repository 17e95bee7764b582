"""A provider's answer is whole, small and in time, or it is `Unreachable` with a sentence."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from intake.errors import Unreachable
from intake.fetching import Fetcher, read_retry_after, require_safe
from tests.intake.stand_in import StandIn, Told, run_stand_in, tell_json

NOW = datetime(2026, 11, 21, 19, 0, tzinfo=UTC)


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    with run_stand_in(lambda asked: tell_json({"amount": 0.1}, asked)) as running:
        yield running


@pytest.fixture
def fetcher() -> Fetcher:
    return Fetcher("Extra Life", max_bytes=100_000, read_seconds=0.2, total_seconds=0.2)


def tell(stand_in: StandIn, told: Told) -> None:
    stand_in.trouble = lambda _: told


def test_numbers_are_exact(stand_in: StandIn, fetcher: Fetcher) -> None:
    fetched = fetcher.get(f"{stand_in.url}/a", {"where": "x='ü'"}, {"authorization": "Basic x"})
    assert fetcher.load(fetched) == {"amount": Decimal("0.1")}
    [asked] = stand_in.asked
    assert asked.query == {"where": "x='ü'"}
    assert asked.headers["authorization"] == "Basic x"


def test_a_form_is_sent(stand_in: StandIn, fetcher: Fetcher) -> None:
    fetcher.post_form(stand_in.url, {"a": "1 2", "b": ""})
    assert stand_in.asked[0].body == b"a=1+2&b="


def test_what_has_not_changed_is_said_by_its_etag(stand_in: StandIn, fetcher: Fetcher) -> None:
    first = fetcher.get(stand_in.url)
    again = fetcher.get(stand_in.url, etag=first.etag)
    assert not first.is_unchanged
    assert again.is_unchanged
    assert again.etag == first.etag


@pytest.mark.parametrize(
    ("status", "words"),
    [(302, "another address"), (401, "key"), (404, "id"), (429, "less often"), (503, "trouble")],
)
def test_other_statuses_are_a_sentence(
    stand_in: StandIn, fetcher: Fetcher, status: int, words: str
) -> None:
    tell(stand_in, Told(status, b"?", {"location": stand_in.url, "retry-after": "90"}))
    with pytest.raises(Unreachable, match=words) as caught:
        fetcher.get(f"{stand_in.url}/Accounts/AC1")
    assert caught.value.retry_seconds == 90
    assert str(caught.value).startswith("Extra Life ")
    assert "AC1" not in str(caught.value)
    assert len(stand_in.asked) == 1, "a redirect was followed"
    # The connection that had trouble is not a trouble afterwards.
    stand_in.trouble = None
    assert fetcher.get(stand_in.url).body


@pytest.mark.parametrize("body", [b"<html>", b"", b"[" * 100_000, b'{"a": \xff}'])
def test_rubbish_is_no_answer(stand_in: StandIn, fetcher: Fetcher, body: bytes) -> None:
    tell(stand_in, Told(200, body))
    with pytest.raises(Unreachable, match="no JSON"):
        fetcher.load(fetcher.get(stand_in.url))


def test_a_huge_answer_ends(stand_in: StandIn, fetcher: Fetcher) -> None:
    tell(stand_in, Told(200, b"1" * 100_001))
    with pytest.raises(Unreachable, match="more than 97 KB"):
        fetcher.get(stand_in.url)


def test_an_answer_that_does_not_come_ends(stand_in: StandIn, fetcher: Fetcher) -> None:
    tell(stand_in, Told(200, b"[1", parts=(b", 2]",)))
    with pytest.raises(Unreachable, match="in time"):
        fetcher.get(stand_in.url)


def test_an_answer_that_comes_too_slowly_ends(stand_in: StandIn) -> None:
    tell(stand_in, Told(200, b"[1", parts=(b"]",)))
    with pytest.raises(Unreachable, match="too slowly"):
        Fetcher("Extra Life", total_seconds=-1).get(stand_in.url)


def test_an_answer_that_breaks_off_is_none(stand_in: StandIn, fetcher: Fetcher) -> None:
    tell(stand_in, Told(200, b"[1, 2", {"content-length": "900"}))
    with pytest.raises(Unreachable, match=r"cannot be reached|in time"):
        fetcher.get(stand_in.url)


def test_a_provider_that_is_down_is_a_sentence(fetcher: Fetcher) -> None:
    with run_stand_in(lambda asked: tell_json(1, asked)) as gone:
        pass
    with pytest.raises(Unreachable, match="cannot be reached"):
        fetcher.get(gone.url)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/",
        "http://127.0.0.1.example.org/",
        "https://u:p@example.org/",
        "ftp://127.0.0.1/",
        "https:///x",
        "https://[::1",
        "https://example.org:port/",
        "",
    ],
)
def test_only_https_is_asked(url: str) -> None:
    with pytest.raises(Unreachable, match="https"):
        require_safe(url)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90),
        ("Sat, 21 Nov 2026 19:02:00 GMT", 120),
        ("Sat, 21 Nov 2026 18:02:00 GMT", 0),
        ("999999999999", 3600),
        ("soon", 0),
        ("-5", 0),
        ("", 0),
        ("\u0665", 0),
    ],
)
def test_how_long_to_wait(text: str, seconds: float) -> None:
    assert read_retry_after(text, NOW) == seconds
