"""The files of a look: which of them can be shown, by what they hold and not by their names."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple
from xml.parsers import expat

from aggregates.look import Look

_KB = 1024
# Screens load them over a hall's network, phones over their own.
MOST_BYTES = {
    "font": 600 * _KB,
    "logo": 500 * _KB,
    "background": 2_000 * _KB,
    "sponsors": 300 * _KB,
}
# Of an SVG, that which does something or calls for something, besides being a picture.
_ACTIVE = (b"<script", b"javascript:", b"<foreignobject", b"<!entity", b"<!doctype html")
# How an SVG may begin.
_MOST_BEFORE_SVG = 2_000


class LookError(ValueError):
    """A file of a look that cannot be used: which, why, and what to do."""


class Kind(NamedTuple):
    """What a file holds."""

    suffix: str
    media_type: str


_FONTS = {b"wOF2": Kind(".woff2", "font/woff2"), b"wOFF": Kind(".woff", "font/woff")}
_FONTS |= {b"\0\1\0\0": Kind(".ttf", "font/ttf"), b"OTTO": Kind(".otf", "font/otf")}
_PNG, _JPEG = Kind(".png", "image/png"), Kind(".jpg", "image/jpeg")
_WEBP, _SVG = Kind(".webp", "image/webp"), Kind(".svg", "image/svg+xml")


@dataclass(frozen=True)
class LookFile:
    """A file that can be shown. `address` names it by what it holds: it may be kept for good."""

    name: str
    kind: Kind
    content: bytes

    @property
    def address(self) -> str:
        return sha256(self.content).hexdigest()[:20] + self.kind.suffix


@dataclass(frozen=True)
class LookFiles:
    """The files of a look that can be shown, and why others cannot."""

    font: LookFile | None = None
    logo: LookFile | None = None
    background: LookFile | None = None
    sponsors: tuple[LookFile, ...] = ()
    errors: tuple[LookError, ...] = ()

    @property
    def all(self) -> tuple[LookFile, ...]:
        single = (self.font, self.logo, self.background)
        return (*(file for file in single if file is not None), *self.sponsors)


def read_look_files(look: Look) -> LookFiles:
    """Return the files of a look. One that cannot be used is left out, and told in `errors`."""
    errors: list[LookError] = []

    def read(field: str, name: str | None) -> LookFile | None:
        try:
            return read_look_file(look.folder, field, name) if name else None
        except LookError as error:
            errors.append(error)
            return None

    sponsors = (read("sponsors", name) for name in look.sponsors)
    return LookFiles(
        font=read("font", look.font),
        logo=read("logo", look.logo),
        background=read("background", look.background),
        sponsors=tuple(file for file in sponsors if file is not None),
        errors=tuple(errors),
    )


def read_look_file(folder: Path, field: str, name: str) -> LookFile:
    """Return one file of a board's folder. Raises `LookError`."""
    path, most = folder / name, MOST_BYTES[field]
    try:
        if not path.resolve().is_relative_to(folder.resolve()) or not path.is_file():
            raise LookError(f"{path}: look.{field}: is no file there; put it into this folder")
        with path.open("rb") as file:
            content = file.read(most + 1)
    except OSError as error:
        raise LookError(f"{path}: look.{field}: cannot be read: {error.strerror}") from error
    if len(content) > most:
        raise LookError(
            f"{path}: look.{field}: has more than {most // _KB:,} KB; save it smaller, for every"
            " screen loads it"
        )
    return LookFile(name, _find_kind(path, field, content), content)


def _find_kind(path: Path, field: str, content: bytes) -> Kind:
    """Return what a file holds. Raises `LookError` where that is not what the field needs."""
    if field == "font":
        if kind := _FONTS.get(content[:4]):
            return kind
        raise LookError(f"{path}: look.font: is no font; save it as WOFF2, or as TTF or OTF")
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return _PNG
    if content.startswith(b"\xff\xd8\xff"):
        return _JPEG
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return _WEBP
    if b"<svg" in content[:_MOST_BEFORE_SVG] and content.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] == b"<":
        if any(mark in content.lower() for mark in _ACTIVE):
            raise LookError(f"{path}: look.{field}: has scripts in it; save it as a plain SVG")
        _require_xml(path, field, content)
        return _SVG
    raise LookError(f"{path}: look.{field}: is no picture; save it as PNG, JPEG, WebP or SVG")


def _require_xml(path: Path, field: str, content: bytes) -> None:
    """Raise `LookError` for an SVG that no browser shows."""
    try:
        expat.ParserCreate().Parse(content, True)
    except (expat.ExpatError, ValueError) as error:
        raise LookError(
            f"{path}: look.{field}: is no whole SVG ({error}); save it again"
        ) from error
