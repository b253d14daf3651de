"""Hands and eyes of people in a browser: what they press, fill in and read is counted."""

from dataclasses import dataclass, field

from playwright.sync_api import Locator, Page

from demo.cast import SIGN_IN_MEMBERS, STAFF

OWEN, CARMEN, ALEXANDRA = (member.email for member in SIGN_IN_MEMBERS)
AT_WORK = {colleague.role: colleague.email for colleague in STAFF}

_FOCUSED = """
() => {
  const element = document.activeElement;
  if (element === null || element === document.body) return null;
  const look = getComputedStyle(element);
  const box = element.getBoundingClientRect();
  const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
  return {
    words: (element.labels?.[0] ?? element).innerText.trim(),
    hasRing: look.outlineStyle !== "none" && parseFloat(look.outlineWidth) >= 2,
    isSeen: top !== null && (element.contains(top) || top.contains(element)),
  };
}
"""


@dataclass
class Hands:
    """Somebody with a mouse."""

    page: Page
    clicks: int = 0
    fields: int = 0
    ticks: int = 0

    def click(self, what: Locator) -> None:
        """A link or a button; waits for the page that it leads to."""
        what.click()
        self.page.wait_for_load_state()
        self.clicks += 1

    def fill(self, what: Locator, text: str) -> None:
        """One field."""
        what.fill(text)
        self.fields += 1

    def tick(self, what: Locator) -> None:
        """One box."""
        what.check()
        self.ticks += 1


@dataclass
class Keyboard:
    """Somebody without a mouse, who wants to see at every stop where they are."""

    page: Page
    faults: list[str] = field(default_factory=list)

    def tab(self) -> str:
        """One stop further; the words of what has the focus now."""
        self.page.keyboard.press("Tab")
        focused = self.page.evaluate(_FOCUSED)
        if focused is None:
            return ""
        if not focused["hasRing"]:
            self.faults.append(f"no ring around {focused['words']!r}")
        if not focused["isSeen"]:
            self.faults.append(f"{focused['words']!r} is covered")
        words: str = focused["words"]
        return words

    def tab_to(self, words: str, most: int = 40) -> None:
        """As many stops as it takes."""
        met = []
        for _ in range(most):
            met.append(self.tab())
            if met[-1].startswith(words):
                return
        raise AssertionError(f"{words!r} is not among {met}")

    def type(self, text: str) -> None:
        """Into what has the focus."""
        self.page.keyboard.type(text)

    def press(self, key: str) -> None:
        """One key; waits for the page that it leads to."""
        self.page.keyboard.press(key)
        self.page.wait_for_load_state()
