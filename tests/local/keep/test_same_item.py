from local.keep.same_item import normalize_image


def test_numbers_and_sets_are_the_same_however_they_are_written() -> None:
    ours = {
        "n": {"N": "5.00"},
        "s": {"NS": ["1", "2.0"]},
        "m": {"M": {"l": {"L": [{"N": "1E2"}, {"SS": ["b", "a"]}]}}},
        "b": {"B": b"\x00"},
    }
    theirs = {
        "n": {"N": "5"},
        "s": {"NS": ["2", "1"]},
        "m": {"M": {"l": {"L": [{"N": "100"}, {"SS": ["a", "b"]}]}}},
        "b": {"B": b"\x00"},
    }
    assert normalize_image(ours) == normalize_image(theirs)
    assert normalize_image(ours) != normalize_image(theirs | {"n": {"S": "5"}})
    assert normalize_image(ours) != normalize_image(theirs | {"n": {"N": "5.01"}})
