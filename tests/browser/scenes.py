"""Boards of whole events, with their looks, for screenshots."""

from pathlib import Path

PLATFORMS = {"Website": 41, "Facebook": 23, "Phone": 19, "Twitch": 10, "Text": 7}
GOAL = {"target": "250_000", "milestones": "[50_000, 100_000, 150_000, 200_000]"}
_TEAMS = {"Red": 31, "Blue": 28, "Green": 24, "Yellow": 17}
_SIDES = {"Save the animals": 56, "Kill the animals": 44}
_GIVE = {
    "donate_url": '"https://give.example.org/gala"',
    "donate_address": '"give.example.org/gala"',
}
_MATCH = '{text = "Every gift is doubled until nine, by the Baker Foundation"}'
_LOGO = """<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="60">
<circle cx="30" cy="30" r="24" fill="{colour}"/>
<rect x="66" y="22" width="{bar}" height="16" rx="8" fill="{colour}"/></svg>"""

Scene = tuple[int, dict[str, int], dict[str, str]]


def write_logos(folder: Path) -> None:
    """Write the pictures that the looks name into a board's folder."""
    folder.mkdir()
    logos = {"logo": "#f0c36a", "bank": "#1c4f9c", "baker": "#a3401d", "radio": "#0a7d5a"}
    for place, (name, colour) in enumerate(logos.items()):
        wide = 180 + 30 * place
        text = _LOGO.format(width=wide, bar=wide - 80, colour=colour)
        (folder / f"{name}.svg").write_text(text, "utf-8")


def list_scenes() -> dict[str, Scene]:
    """Return each event's total, weights of its groups, and fields of its board."""
    sponsors = 'sponsors = ["bank.svg", "baker.svg", "radio.svg", "bank.svg"]'
    gala = f'{{ground = "#10142b", accent = "#f0c36a", logo = "logo.svg", {sponsors}}}'
    neon = '{ground = "#0a0014", text = "#ffffff", accent = "#ff4fd8"}'
    colours = 'Red = "#e03030", Blue = "#3070e0", Green = "#2fa84f", Yellow = "#b09218"'
    names = ", ".join(f'"{name}"' for name in _SIDES)
    war = f"{{known = [{names}], contest = true}}"
    teams = {f"Team {number:03}": 220 - number for number in range(1, 201)}
    named = {
        "milestones": '[{at = 50_000, name = "Pie"}, {at = 200_000, name = "Pie in the face"}]'
    }
    gala_fields = GOAL | _GIVE | {"title": '"Winter gala"', "look": gala}
    night = {"title": '"Speedrun night"', "look": neon, "ends": '"2030-01-01T00:00:00Z"'}
    return {
        "gala": (165_790, PLATFORMS, gala_fields),
        "promise": (165_790, PLATFORMS, GOAL | named | _GIVE | {"match": _MATCH}),
        "neon": (48_350, PLATFORMS, GOAL | _GIVE | night),
        "school": (
            18_420,
            _TEAMS,
            {
                "title": '"School run"',
                "target": "25_000",
                "milestones": "[5_000, 10_000, 20_000]",
                "look": f'{{ground = "#ffffff", text = "#10151d", groups = {{{colours}}}}}',
                "groups": "{contest = true}",
            },
        ),
        "war": (101_000, _SIDES, GOAL | {"groups": war}),
        "teams": (214_300, teams, GOAL | {"groups": "{contest = true}"}),
        "first": (0, PLATFORMS, GOAL | _GIVE),
        "minute": (130, PLATFORMS, GOAL | _GIVE),
        "last": (242_000, PLATFORMS, GOAL | {"milestones": "[100_000, 240_000, 245_000]"}),
    }
