"""What axe-core finds on a page, and what does not fit onto a phone."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, ViewportSize

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]
PHONE: ViewportSize = {"width": 320, "height": 640}
DESK: ViewportSize = {"width": 1280, "height": 900}

_READ_COLORS_ONCE = """
(() => {
  const color = axe.commons.color.Color.prototype;
  const parse = color.parseString;
  const known = new Map();
  color.parseString = function (text) {
    const found = known.get(text);
    if (found) return Object.assign(this, found);
    parse.call(this, text);
    const { red, green, blue, alpha } = this;
    known.set(text, { red, green, blue, alpha });
    return this;
  };
})();
"""
"""A page has a dozen colours and asks for them a thousand times; reading them is a fifth of what axe does."""

_AXE = Axe().axe_script + _READ_COLORS_ONCE
_IS_THERE = "typeof window.axe === 'object'"
_RUN = """
async (tags) => {
  const found = await axe.run({
    runOnly: { type: "tag", values: tags },
    resultTypes: ["violations"],
    preload: { assets: ["media"] },
  });
  return found.violations.flatMap((fault) => fault.nodes.map((node) => `${fault.id}: ${node.html}`));
}
"""
"""No rule of these tags reads the style sheets themselves, so they need not be collected beforehand."""

_TOO_WIDE = """
() => {
  const room = document.documentElement.clientWidth;
  const wide = [];
  if (document.documentElement.scrollWidth > room) {
    wide.push(`the page is ${document.documentElement.scrollWidth} wide on ${room}`);
    for (const element of document.querySelectorAll("body *")) {
      const box = element.getBoundingClientRect();
      if (Math.max(box.right, box.left + element.scrollWidth) > room) wide.unshift(element.outerHTML.slice(0, 120));
    }
  }
  for (const element of document.querySelectorAll("body *")) {
    const scrolls = ["auto", "scroll"].includes(getComputedStyle(element).overflowX);
    if (scrolls && element.scrollWidth > element.clientWidth + 1) {
      wide.push(`scrolls sideways by itself: ${element.outerHTML.slice(0, 120)}`);
    }
  }
  return wide.slice(0, 8);
}
"""


def faults(page: Page) -> list[str]:
    """What axe-core finds, one line a fault."""
    if not page.evaluate(_IS_THERE):
        page.evaluate(_AXE)
    found: list[str] = page.evaluate(_RUN, TAGS)
    return found


def too_wide(page: Page) -> list[str]:
    """What has to be scrolled sideways, and which elements make it so."""
    page.evaluate("document.fonts.ready.then(() => true)")
    found: list[str] = page.evaluate(_TOO_WIDE)
    return found
