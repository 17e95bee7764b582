"""Where texts are on a page, as the eye finds them: the DOM's order is not that of the picture."""

from playwright.sync_api import Page

_LEFT = """([selector, text]) => {
  const range = document.createRange();
  for (const element of document.querySelectorAll(selector)) {
    if (!element.checkVisibility()) continue;
    const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const at = walker.currentNode.data.indexOf(text);
      if (at < 0 || !walker.currentNode.parentElement.checkVisibility()) continue;
      range.setStart(walker.currentNode, at);
      range.setEnd(walker.currentNode, at + text.length);
      return range.getBoundingClientRect().left;
    }
  }
  return null;
}"""


def find_left(page: Page, selector: str, text: str) -> float:
    """Return the left edge of the first visible `text` in what the selector finds, in pixels.

    Waits until it is there.
    """
    left: float = page.wait_for_function(_LEFT, arg=[selector, text]).json_value()
    return left


def read_across(page: Page, selector: str, *texts: str) -> list[str]:
    """Return the texts in the order in which they are drawn, from left to right."""
    return sorted(texts, key=lambda text: find_left(page, selector, text))
