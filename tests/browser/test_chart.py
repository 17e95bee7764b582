"""What the chart makes of its points; the drawing itself is looked at in the screenshots."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

HOUR = 3_600
DAY = 24 * HOUR
CALL = """async ([module, name, values]) =>
  [...[(await import(`/static/panels/${module}.js`))[name](...values)].flat()].flatMap((one) =>
    one instanceof Map ? [...one] : [one])"""


@pytest.fixture(scope="module")
def module_page(browser: Browser, static_url: str) -> Iterator[Page]:
    page = browser.new_page()
    page.goto(f"{static_url}/static/icon.svg")
    yield page
    page.close()


def call(page: Page, module: str, name: str, *values: Any) -> list[Any]:
    found: list[Any] = page.evaluate(CALL, [module, name, list(values)])
    return found


def test_there_are_as_many_columns_as_can_be_told_apart(module_page: Page) -> None:
    for span in (HOUR, 8 * HOUR, DAY, 7 * DAY, 400 * DAY, 4_000 * DAY):
        [wide] = call(module_page, "columns", "columnSeconds", span, 60)
        assert wide % 60 == 0
        assert span / wide <= 48
    assert call(module_page, "columns", "columnSeconds", 1_200, 60) == [60]


def test_a_column_is_the_sum_of_its_points(module_page: Page) -> None:
    points = [[540, 1, 5], [600, 1, 10], [660, 2, 30], [1_200, 1, 7]]
    found = call(module_page, "columns", "joinPoints", points, 2, 600)
    assert found == [[0, 5], [600, 40], [1_200, 7]]


def test_time_ends_now_unless_all_is_long_over(module_page: Page) -> None:
    def end(first: int, last: int, now: int) -> Any:
        return call(module_page, "end_of_time", "endOfTime", first, last, now)[0]

    assert end(0, HOUR, 3 * HOUR) == 3 * HOUR
    assert end(0, 7 * DAY, 9 * DAY) == 9 * DAY
    assert end(0, 7 * DAY, 400 * DAY) == 7 * DAY
    assert end(0, HOUR + 60, HOUR) == HOUR + 60  # the server's clock is ahead
