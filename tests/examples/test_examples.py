"""Each example is exact where the published way, on the same deliveries, is not."""

from typing import Any

import pytest

from examples.replica import example as replica
from examples.running import list_examples, run_example
from local.dynamodb import connect_streams


def test_every_example_is_found() -> None:
    assert list_examples() == ["replica", "stock"]


@pytest.mark.parametrize("name", list_examples())
def test_an_example_is_exact_beside_the_published_way(
    name: str, dynamodb: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # `make example` has ten times as many.
    monkeypatch.setattr(replica, "ROWS", 200)
    monkeypatch.setattr(replica, "CHANGES", 300)
    shown = run_example(name, dynamodb, connect_streams(dynamodb.meta.endpoint_url))
    assert shown.again > shown.late > 0
    [(_, wrong, told), (_, wrong_published, _)] = shown.ways
    assert wrong == 0, told
    assert wrong_published > 0
