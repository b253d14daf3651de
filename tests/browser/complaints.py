"""Collects what a browser complains about: refused by the policy of the page, errors of scripts, what did not load."""

from playwright.sync_api import ConsoleMessage, Page

LONGEST_WAIT_MS = 10_000
STEP_MS = 50

_LISTENER = """
document.addEventListener("securitypolicyviolation", (event) => {
  window.tellPolicyViolation(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`);
});
"""


class Complaints:
    def __init__(self) -> None:
        self.lines: list[str] = []
        self._page: Page | None = None

    def listen_to(self, page: Page) -> None:
        """Hear this page from its next address on."""
        self._page = page
        page.expose_function("tellPolicyViolation", lambda said: self.lines.append(f"policy: {said}"))
        page.add_init_script(_LISTENER)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.lines.append(f"script: {error}"))

    def expect(self, part: str) -> None:
        """Take away the complaints that contain this; there must be one, if a little later than the page."""
        for _attempt in range(LONGEST_WAIT_MS // STEP_MS):
            if self._page is None or any(part in line for line in self.lines):
                break
            self._page.wait_for_timeout(STEP_MS)
        assert any(part in line for line in self.lines), f"{part!r} is not among {self.lines}"
        self.lines = [line for line in self.lines if part not in line]

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.lines.append(f"console: {message.text} ({message.location.get('url', '')})")
