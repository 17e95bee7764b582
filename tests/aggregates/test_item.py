import json

import pytest

from aggregates.item import Image, KeyMismatch, read_key


@pytest.mark.parametrize(
    ("image", "key"),
    [
        ({"id": {"S": "d-1"}}, "d-1"),
        ({"id": {"N": "17"}}, "17"),
        ({"id": {"B": "AAE="}}, "AAE="),
        ({"id": {"B": b"\x00\x01"}}, "AAE="),
        ({"id": {"S": "🎁:{}\n"}, "other": {"S": "x"}}, "🎁:{}\n"),
    ],
    ids=["text", "number", "binary of a stream", "binary of a scan", "odd text"],
)
def test_the_value_of_the_key_attribute_identifies_an_item(image: Image, key: str) -> None:
    assert read_key(image, ("id",)) == key


def test_a_composite_key_is_a_json_array_with_the_partition_key_first() -> None:
    image: Image = {"sk": {"N": "2"}, "pk": {"S": "gala/é"}}
    assert read_key(image, ("pk", "sk")) == '["gala/é", "2"]'


def test_composite_keys_that_differ_only_in_where_they_are_split_stay_apart() -> None:
    def key(pk: str, sk: str) -> str:
        return read_key({"pk": {"S": pk}, "sk": {"S": sk}}, ("pk", "sk"))

    assert key('a", "b', "c") != key("a", 'b", "c')
    assert json.loads(key('a", "b', "c")) == ['a", "b', "c"]


@pytest.mark.parametrize("key", [("donationId",), ("pk", "donationId")])
def test_a_key_that_is_not_the_tables_names_both_and_the_fix(key: tuple[str, ...]) -> None:
    with pytest.raises(KeyMismatch) as raised:
        read_key({"pk": {"S": "a"}, "sk": {"S": "b"}}, key)
    assert str(raised.value) == (
        f"the board's key is {', '.join(key)}, but an item has pk, sk;"
        " correct `key` in the board's file"
    )
