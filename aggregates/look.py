"""The look of an event: colours, font and pictures, as a board's file names them. Pure data."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Look:
    """What a display looks like; None stands for our default.

    `font`, `logo`, `background` and `sponsors` are names of files in `folder`, which is beside the
    board's file and has the same name. `groups` are colours by group name.
    """

    folder: Path = field(repr=False, compare=False)
    accent: str | None = None
    ground: str | None = None
    text: str | None = None
    font: str | None = None
    logo: str | None = None
    background: str | None = None
    sponsors: tuple[str, ...] = ()
    sponsors_ground: str | None = None
    groups: tuple[tuple[str, str], ...] = ()

    @property
    def file_names(self) -> tuple[str, ...]:
        """The names of all its files."""
        return tuple(filter(None, (self.font, self.logo, self.background, *self.sponsors)))
