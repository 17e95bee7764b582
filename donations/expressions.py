"""DynamoDB condition and update expressions, and comparison of images as DynamoDB compares."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from donations.image_json import Image
from donations.table_item import is_same

# Parameters of a write.
Expression = dict[str, Any]


def require_absent(key: Sequence[str]) -> Expression:
    """Return the condition that no item with this key exists."""
    return {
        "ConditionExpression": "attribute_not_exists(#key)",
        "ExpressionAttributeNames": {"#key": key[0]},
    }


def require_same(key: Sequence[str], seen: Image, absent: Collection[str] = ()) -> Expression:
    """Return the condition that an item exists, still equals `seen` and has none of `absent`."""
    names, values, parts = {"#key": key[0]}, {}, ["attribute_exists(#key)"]
    for number, (name, value) in enumerate(seen.items()):
        if name not in key:
            names[f"#s{number}"], values[f":s{number}"] = name, value
            parts.append(f"#s{number} = :s{number}")
    for number, name in enumerate(name for name in absent if name not in seen):
        names[f"#a{number}"] = name
        parts.append(f"attribute_not_exists(#a{number})")
    condition: Expression = {
        "ConditionExpression": " AND ".join(parts),
        "ExpressionAttributeNames": names,
    }
    return condition | ({"ExpressionAttributeValues": values} if values else {})


def make_update(
    key: Sequence[str], before: Image, changes: Mapping[str, Any | None], judged: Collection[str]
) -> Expression:
    """Return the update of an item that exists: it sets attributes (None removes one).

    It is refused unless the attributes `judged` are as in `before`.
    """
    names = {f"#c{number}": name for number, name in enumerate(changes)}
    values = {f":c{n}": value for n, value in enumerate(changes.values()) if value is not None}
    sets = [f"#c{n} = :c{n}" for n, value in enumerate(changes.values()) if value is not None]
    gone = [f"#c{n}" for n, value in enumerate(changes.values()) if value is None]
    parts = [f"SET {', '.join(sets)}"] if sets else []
    parts += [f"REMOVE {', '.join(gone)}"] if gone else []
    held = {name: before[name] for name in judged if name in before}
    condition = require_same(key, held, judged)
    values |= condition.get("ExpressionAttributeValues", {})
    update = condition | {
        "UpdateExpression": " ".join(parts),
        "ExpressionAttributeNames": names | condition["ExpressionAttributeNames"],
    }
    # DynamoDB refuses an empty map.
    return update | ({"ExpressionAttributeValues": values} if values else {})


def find_changes(before: Image, after: Image) -> dict[str, Any | None]:
    """Return the attributes that differ, as they are after; None for one that is gone."""
    names = sorted({*before, *after})
    return {name: after.get(name) for name in names if before.get(name) != after.get(name)}


def are_alike(one: Image, other: Image, names: Collection[str]) -> bool:
    """Return whether some attributes are equal in two images; the number 25.00 equals 25."""
    return is_same(
        {name: one[name] for name in names if name in one},
        {name: other[name] for name in names if name in other},
    )


def change_image(image: Image, changes: Mapping[str, Any | None]) -> Image:
    """Return the image with some attributes changed; None removes one."""
    both = {**image, **changes}
    return {name: value for name, value in both.items() if value is not None}


def leave_out(image: Image, path: Sequence[str]) -> Image:
    """Return the image without the value at a path into its maps."""
    if not path:
        return image
    name, inner = path[0], path[1:]
    rest = {key: value for key, value in image.items() if key != name}
    if inner and "M" in image.get(name, {}):
        rest[name] = {"M": leave_out(image[name]["M"], inner)}
    return rest
