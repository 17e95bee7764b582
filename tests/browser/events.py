"""Boards of events with a face of their own, a bid war and many teams, for screenshots."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tests.browser.stage import Stage

_CLOTH = "Georgia, 'Noto Serif', serif"


def _wordmark(text: str, colour: str, *, family: str = "sans-serif", width: int = 300) -> str:
    """Return a logo of letters as SVG."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} 60" width="{width}"'
        f' height="60"><text x="{width // 2}" y="44" text-anchor="middle" font-size="40"'
        f' font-weight="700" font-family="{family}" fill="{colour}">{text}</text></svg>'
    )


@dataclass(frozen=True)
class Event:
    """A board's fields, the tables that follow them, its groups with weights, and its files."""

    total: int
    groups: Mapping[str, int]
    fields: Mapping[str, str]
    tables: str = ""
    files: Mapping[str, str] = field(default_factory=dict)


def _in_hours(hours: float) -> str:
    return (datetime.now(UTC) + timedelta(hours=hours)).isoformat(timespec="seconds")


def list_events() -> dict[str, Event]:
    """Return the events by name; their countdowns begin now."""
    return {
        "gala": Event(
            total=412_350,
            groups={"Tables": 46, "Phone": 30, "Silent auction": 16, "Website": 8},
            fields={
                "title": '"Winter Gala 2026"',
                "donate_url": '"https://give.example.org/gala"',
                "ends": f'"{_in_hours(1.6)}"',
                "target": "600_000",
                "milestones": '[{at = 250_000, name = "New ward"}, {at = 500_000, name = "MRI"}]',
            },
            tables='[match]\ntext = "Every gift is doubled by Banque Nord"\n'
            f'until = "{_in_hours(0.8)}"\n\n'
            '[look]\nground = "#17130d"\ntext = "#fdf6e6"\naccent = "#e0b458"\n'
            'logo = "logo.svg"\nsponsors = ["bank.svg", "hotel.svg", "press.svg"]\n'
            'sponsors_ground = "#fdf6e6"\n',
            files={
                "logo.svg": _wordmark("St. Clara", "#e0b458", family=_CLOTH, width=240),
                "bank.svg": _wordmark("Banque Nord", "#123a6b"),
                "hotel.svg": _wordmark("Hôtel Splendid", "#5a2d1a", family=_CLOTH, width=340),
                "press.svg": _wordmark("THE COURIER", "#222222", family=_CLOTH),
            },
        ),
        "neon": Event(
            total=38_420,
            groups={"Twitch": 62, "Website": 24, "YouTube": 14},
            fields={
                "title": '"48 hours for the reef"',
                "donate_url": '"https://reef.example/give"',
                "target": "50_000",
                "milestones": '[10_000, {at = 40_000, name = "Hot sauce"}]',
            },
            tables='[look]\nground = "#150726"\ntext = "#f6eaff"\naccent = "#ff5cd6"\n'
            '[look.groups]\nTwitch = "#a970ff"\nWebsite = "#3fe0e6"\nYouTube = "#ff6b6b"\n',
        ),
        "school": Event(
            total=9_380,
            groups={"Red": 31, "Blue": 27, "Green": 24, "Yellow": 18},
            fields={"title": '"Sponsored run"', "target": "15_000", "milestones": "[5_000]"},
            tables='[words]\ngroup = "house"\nitem = ["lap", "laps"]\n\n'
            "[groups]\ncontest = true\n\n"
            '[look]\nground = "#ffffff"\ntext = "#1d2433"\naccent = "#1f7a4d"\n'
            '[look.groups]\nRed = "#d92c2c"\nBlue = "#2a62d9"\nGreen = "#1f8f4a"\n'
            'Yellow = "#b88700"\n',
        ),
        "war": Event(
            total=112_000,
            groups={"Save the animals": 45, "Kill the animals": 55},
            fields={"title": '"Save or kill?"', "target": "250_000", "milestones": "[50_000]"},
            tables='[groups]\nknown = ["Save the animals", "Kill the animals"]\ncontest = true\n',
        ),
        "teams": Event(
            total=264_000,
            groups={f"Team {number:03}": 220 - number for number in range(1, 201)},
            fields={"title": '"Team challenge"', "target": "400_000", "milestones": "[200_000]"},
            tables='[words]\ngroup = "team"\n\n[groups]\ncontest = true\n',
        ),
    }


def write_event(stage: Stage, name: str, event: Event) -> str:
    """Write an event's board with its files; return the board's name."""
    board = stage.write_board(name, **event.fields)
    path = stage.folder / f"{board}.toml"
    path.write_text(f"{path.read_text('utf-8')}\n{event.tables}", "utf-8")
    folder = stage.folder / board
    folder.mkdir()
    for file, text in event.files.items():
        (folder / file).write_text(text, "utf-8")
    stage.read_board(board)
    return board
