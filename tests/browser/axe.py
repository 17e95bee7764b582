"""What axe-core finds on a page."""

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]

from tests.browser.screen import Screen


def check_page(screen: Screen) -> None:
    """Wait for animations to end, then fail on any axe-core finding."""
    screen.wait("() => document.getAnimations().every((one) => one.playState !== 'running')")
    found = Axe().run(screen.page).response["violations"]
    assert not found, [(one["id"], [node["html"] for node in one["nodes"]]) for one in found]
