"""Normalizes images for comparison: DynamoDB may change the form of numbers and sets."""

from decimal import Decimal
from typing import Any

from donations.image_json import Image


def normalize_image(image: Image) -> Image:
    """Return a normalized image; two images of the same item have equal ones."""
    return {name: _normalize(value) for name, value in image.items()}


def _normalize(typed: dict[str, Any]) -> dict[str, Any]:
    [(kind, value)] = typed.items()
    if kind == "N":
        return {kind: Decimal(value)}
    if kind == "NS":
        return {kind: frozenset(map(Decimal, value))}
    if kind in ("SS", "BS"):
        return {kind: frozenset(value)}
    if kind == "L":
        return {kind: [_normalize(one) for one in value]}
    if kind == "M":
        return {kind: normalize_image(value)}
    return {kind: value}
