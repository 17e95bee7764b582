"""The crew can choose among the panels of the display."""

from pathlib import Path

import pytest

from crew.panels import read_panels


def test_the_panels_are_those_of_the_display_as_a_person_calls_them() -> None:
    panels = dict(read_panels())
    assert (panels["total"], panels["bars"], panels["ticker"]) == ("Total", "Groups", "Latest")


def test_a_new_panel_of_the_display_can_be_chosen_at_once(tmp_path: Path) -> None:
    registry = tmp_path / "index.js"
    registry.write_text(
        'import { total } from "./total.js";\nexport const PANELS = [\n  total,\n  top_gift,\n];\n'
    )
    assert read_panels(registry) == (("total", "Total"), ("top_gift", "Top gift"))


def test_a_file_without_the_list_is_refused(tmp_path: Path) -> None:
    registry = tmp_path / "index.js"
    registry.write_text("export const OTHERS = [];\n")
    with pytest.raises(ValueError, match="no list of panels"):
        read_panels(registry)
