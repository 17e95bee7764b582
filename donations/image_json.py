"""Encodes an item's image as DynamoDB JSON text, with binary values in base64."""

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any

Image = dict[str, Any]


def encode_image(image: Image) -> str:
    """Return boto3's form of an image as JSON text, with its attributes sorted."""
    return json.dumps(image, default=encode_bytes, ensure_ascii=False, sort_keys=True)


def decode_image(text: str) -> Image:
    """Return the image from its JSON text; raise ValueError if the text is not an image."""
    image = json.loads(text)
    if not isinstance(image, dict):
        raise ValueError("an image is a JSON object")
    return decode_binary(image)


def decode_binary(image: Mapping[str, Any]) -> Image:
    """Return boto3's form of an image in DynamoDB JSON, as stream records in Lambda have it."""
    return {name: _decode_value(value) for name, value in image.items()}


def encode_bytes(value: object) -> str:
    """Return a binary value as base64, for `json.dumps`."""
    if isinstance(value, bytes | bytearray):
        return b64encode(value).decode()
    raise TypeError(f"DynamoDB has no type for {type(value).__name__}")


def _decode_value(typed: Mapping[str, Any]) -> dict[str, Any]:
    [(kind, value)] = typed.items()
    if kind == "B":
        return {kind: b64decode(value)}
    if kind == "BS":
        return {kind: [b64decode(one) for one in value]}
    if kind == "L":
        return {kind: [_decode_value(one) for one in value]}
    if kind == "M":
        return {kind: {name: _decode_value(one) for name, one in value.items()}}
    return {kind: value}
