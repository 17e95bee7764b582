"""`REDIS_URL` is checked before use, and no part of a password is ever shown."""

import traceback

import pytest

from aggregates.connection import connect, connect_async
from aggregates.redis_url import RedisUrlError, check_redis_url, read_redis_url

SECRET = "hunter"


def refuse(url: str) -> str:
    """Return the message that refuses a URL; check that both ways to connect give it."""
    with pytest.raises(RedisUrlError) as caught:
        connect(url)
    with pytest.raises(RedisUrlError):
        connect_async(url, timeout_seconds=1.0)
    text = "".join(traceback.format_exception(caught.value))
    assert SECRET not in text
    message = str(caught.value)
    assert message.startswith("REDIS_URL ")
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    ("url", "fix"),
    [
        (f"redis://:{SECRET}#2@127.0.0.1:6379/1", "%23"),
        (f"redis://:2#{SECRET}@127.0.0.1:6379/1", "%23"),
        (f"redis://:{SECRET}/2@127.0.0.1:6379/1", "%2F"),
        (f"redis://:12/{SECRET}@127.0.0.1:6379/1", "%2F"),
        (f"redis://:{SECRET}?2@127.0.0.1:6379/1", "%3F"),
        (f"redis://user:12?{SECRET}@127.0.0.1:6379/1", "%3F"),
    ],
)
def test_a_letter_that_splits_the_password_is_named_with_its_escape(url: str, fix: str) -> None:
    message = refuse(url)
    assert "in its password" in message
    assert message.endswith(f"write {fix}")


@pytest.mark.parametrize(
    "url",
    [
        f"redis://:[{SECRET}@127.0.0.1:6379",
        f"redis://:word@127.0.0.1:{SECRET}",
        f"redis://:word@127.0.0.1:6379/{SECRET}",
        f"redis://:word@127.0.0.1:6379?{SECRET}",
        f"redis://:word@127.0.0.1:6379?{SECRET}=1",
        f"redis://:word@127.0.0.1:6379?db={SECRET}",
        f"{SECRET}@127.0.0.1:6379",
        f"{SECRET}://127.0.0.1:6379",
        f"redis:{SECRET}@127.0.0.1",
        f"redis://:{SECRET} 2@127.0.0.1",
        f"redis://:word\u2100{SECRET}@127.0.0.1",
        f"redis://127.0.0.1:6379#{SECRET}",
    ],
)
def test_no_part_of_an_invalid_url_is_shown(url: str) -> None:
    refuse(url)


def test_a_database_that_is_no_number_is_not_database_0() -> None:
    assert "database that is not a number" in refuse("redis://127.0.0.1:6379/prod")
    assert "database that is not a number" in refuse("redis://127.0.0.1:6379/1/2")
    for url in ("redis://h", "redis://h/", "redis://h/0", "redis://h:6379/15", "redis://h?db=3"):
        assert check_redis_url(url) == url


@pytest.mark.parametrize("scheme", ["http", "https", "tcp", "REDIS", "redis+tls"])
def test_another_scheme_is_refused_with_those_that_work(scheme: str) -> None:
    assert "redis://, rediss:// (TLS) or unix://" in refuse(f"{scheme}://127.0.0.1:6379")


@pytest.mark.parametrize("port", ["0", "65536", "x", "-1", "6379x"])
def test_another_port_is_refused(port: str) -> None:
    assert "port" in refuse(f"redis://127.0.0.1:{port}")


def test_a_certificate_is_for_tls_only() -> None:
    assert check_redis_url("rediss://h:6379?ssl_ca_certs=%2Fca.pem")
    assert "rediss:// only" in refuse("redis://h:6379?ssl_ca_certs=%2Fca.pem")


def test_a_url_without_words_of_ours_is_left_alone() -> None:
    for url in ("unix:///run/redis.sock", "redis://:a%23b@h:1/2?socket_timeout=3", "redis://[::1]"):
        assert read_redis_url(url).url == url
    assert "unix:///path" in refuse("unix://redis.sock")


def test_words_of_ours_are_taken_out() -> None:
    place = read_redis_url("redis://:a%23b@h:1/0?cluster=true&client_name=x")
    assert place.is_cluster
    assert place.url == "redis://:a%23b@h:1/0?client_name=x"
