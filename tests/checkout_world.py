"""Buyers at the checkout: what a page's form would send, and what is changed of it."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

GUEST = {
    "email": "guest@example.org",
    "full_name": "Greta Guest",
    "country": "ES",
    "address": "Calle Mayor 1",
    "postcode": "26001",
    "city": "Logroño",
    "terms": "y",
}


@dataclass
class Sent(HTMLParser):
    """What a browser sends with the form of a page when nobody touches it; `typed` are the fields one types into."""

    action: str
    values: dict[str, str] = field(default_factory=dict)
    typed: list[str] = field(default_factory=list)
    _inside: bool = False
    _select: str = ""

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        name, value = found.get("name") or "", found.get("value") or ""
        if tag == "form":
            self._inside = found.get("action") == self.action
        if not self._inside:
            return
        if tag == "select":
            self._select = name
        elif tag == "option" and ("selected" in found or self._select not in self.values):
            self.values[self._select] = value
        elif tag == "textarea":
            self.values[name] = ""
        elif tag == "input" and name:
            kind = found.get("type") or "text"
            if kind in {"radio", "checkbox"} and "checked" not in found:
                return
            self.values[name] = value
            if kind in {"text", "email", "tel"} and not value:
                self.typed.append(name)


def form_of(page: TestResponse, action: str = "/checkout") -> Sent:
    """The form of a page."""
    found = Sent(action)
    found.feed(page.text)
    return found


def order(client: FlaskClient, **changes: Any) -> TestResponse:
    """Open the checkout, change so much, press the button."""
    sent = form_of(client.get("/checkout")).values
    return client.post("/checkout", data={**sent, "do": "place", **changes})


def text_of(answer: TestResponse) -> str:
    """What one reads, spaces as such."""
    return " ".join(answer.text.replace("\u00a0", " ").split())
