"""Reads the files of a look, and checks their type by content, not by name."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple
from xml.parsers import expat

from aggregates.look import Look

_KB = 1024
# Limits, because screens load them over a hall's network and phones over their own.
MOST_BYTES = {
    "font": 600 * _KB,
    "logo": 500 * _KB,
    "background": 2_000 * _KB,
    "sponsors": 300 * _KB,
}
# An SVG with one of these could run a script or load something.
_ACTIVE = (b"<script", b"javascript:", b"<foreignobject", b"<!entity", b"<!doctype html")
# The <svg> tag must begin within this many bytes.
_MOST_BEFORE_SVG = 2_000


class LookError(ValueError):
    """A file of a look cannot be used; the text says which, why, and what to do."""


class Kind(NamedTuple):
    """A type of file: the suffix of its address, and its media type."""

    suffix: str
    media_type: str


_FONTS = {b"wOF2": Kind(".woff2", "font/woff2"), b"wOFF": Kind(".woff", "font/woff")}
_FONTS |= {b"\0\1\0\0": Kind(".ttf", "font/ttf"), b"OTTO": Kind(".otf", "font/otf")}
_PNG, _JPEG = Kind(".png", "image/png"), Kind(".jpg", "image/jpeg")
_WEBP, _SVG = Kind(".webp", "image/webp"), Kind(".svg", "image/svg+xml")


@dataclass(frozen=True)
class LookFile:
    """A file that can be shown. `address` is a hash of its content, so it may be cached forever."""

    name: str
    kind: Kind
    content: bytes

    @property
    def address(self) -> str:
        return sha256(self.content).hexdigest()[:20] + self.kind.suffix


@dataclass(frozen=True)
class LookFiles:
    """The files of a look that can be shown, and the errors of the others."""

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
    """Return the files of a look. A file that cannot be used is left out, with an error."""
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
            raise LookError(f"{path}: look.{field}: there is no such file; put it into this folder")
        with path.open("rb") as file:
            content = file.read(most + 1)
    except OSError as error:
        raise LookError(f"{path}: look.{field}: cannot be read: {error.strerror}") from error
    if len(content) > most:
        raise LookError(
            f"{path}: look.{field}: has more than {most // _KB:,} KB; make it smaller, because"
            " every screen loads it"
        )
    return LookFile(name, _find_kind(path, field, content), content)


def _find_kind(path: Path, field: str, content: bytes) -> Kind:
    """Return the type of a file. Raises `LookError` if the field needs another type."""
    if field == "font":
        if kind := _FONTS.get(content[:4]):
            return kind
        raise LookError(f"{path}: look.font: is not a font; save it as WOFF2, TTF or OTF")
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
    raise LookError(f"{path}: look.{field}: is not a picture; save it as PNG, JPEG, WebP or SVG")


def _require_xml(path: Path, field: str, content: bytes) -> None:
    """Raise `LookError` for an SVG that is not well-formed, which no browser shows."""
    try:
        expat.ParserCreate().Parse(content, True)
    except (expat.ExpatError, ValueError) as error:
        raise LookError(
            f"{path}: look.{field}: is not a complete SVG ({error}); save it again"
        ) from error
