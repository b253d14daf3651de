"""Buyers who go all the way from a product to the thanks, over HTTP, beside the same shop written plainly."""

import http.client
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

from bench.pages import ROUNDS, cpu_ms, served
from bench.places import Place
from bench.report import table
from bench.shop_pages import PRODUCTS

BUYERS = 4
HEADS = ("", "checkouts a second", "median ms", "p95 ms", "CPU ms", "ratio", "aim")
CLUB, PLAIN = "the club", "plain Flask and ORM"
WARMING = 2


class Form(HTMLParser):
    """What a browser sends with the form of a page when nobody touches it."""

    def __init__(self, action: str, page: str) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self._action, self._is_inside, self._select = action, False, ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        name, value = found.get("name") or "", found.get("value") or ""
        if tag == "form":
            self._is_inside = found.get("action") == self._action
        if not self._is_inside:
            return
        if tag == "select":
            self._select = name
        elif tag == "option" and ("selected" in found or self._select not in self.values):
            self.values[self._select] = value
        elif tag == "textarea":
            self.values[name] = ""
        elif tag == "input" and name and (found.get("type") not in {"radio", "checkbox"} or "checked" in found):
            self.values[name] = value


@dataclass
class Buyer:
    """A browser with its cookies and its connection."""

    port: int
    cookies: dict[str, str]
    connection: http.client.HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def buy(self, slug: str) -> None:
        """The six requests of a checkout that is paid when the goods are picked up."""
        page = self._ask("GET", f"/shop/{slug}", 200)
        self._ask("POST", "/cart/add", 303, {**Form("/cart/add", page).values, "quantity": "1"})
        self._ask("GET", "/cart", 200)
        page = self._ask("GET", "/checkout", 200)
        pressed = {"do": "place", "terms": "y", "age": "y", "method": "1", "pay_by": "pickup"}
        self._ask("GET", self._ask("POST", "/checkout", 303, {**Form("/checkout", page).values, **pressed}), 200)
        self.connection.close()  # the server would, before this buyer comes back

    def _ask(self, method: str, path: str, status: int, form: dict[str, str] | None = None) -> str:
        """The page, or where it leads."""
        heads = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if form is not None:
            heads |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"http://127.0.0.1:{self.port}"}
        self.connection.request(method, path, body=None if form is None else urlencode(form), headers=heads)
        answer = self.connection.getresponse()
        page = answer.read().decode()
        for head in answer.headers.get_all("Set-Cookie", []):
            name, _, value = head.partition(";")[0].partition("=")
            self.cookies[name] = value
        if answer.status != status:
            sys.exit(f"{method} {path} answered {answer.status}\n{page[-3000:]}")
        return answer.headers["Location"] if status == 303 else page


def measure(place: Place, url: str, tokens: Sequence[str], each: int, folder: Path) -> None:
    """Rounds in turn, each on a club of its own, so that neither finds what the other wrote."""
    rates: dict[str, list[float]] = {CLUB: [], PLAIN: []}
    waits: dict[str, list[float]] = {CLUB: [], PLAIN: []}
    spent = dict.fromkeys(rates, 0.0)
    own = {CLUB: place.copy(url), PLAIN: place.copy(url)}
    with ExitStack() as running:
        programs = {CLUB: "wsgi:create_app()", PLAIN: "bench.plain_shop:create_app()"}
        servers = {
            name: running.enter_context(served(program, own[name], folder)) for name, program in programs.items()
        }
        for _server, port in servers.values():
            _go(port, tokens, WARMING, 0)
        for turn in range(1, ROUNDS + 1):
            for name, (server, port) in servers.items():
                before = cpu_ms(server)
                rate, waited = _go(port, tokens, each, turn)
                spent[name] += cpu_ms(server) - before
                rates[name].append(rate)
                waits[name] += waited
    ratio = median(one / other for one, other in zip(rates[CLUB], rates[PLAIN], strict=True))
    rows = []
    for name in (PLAIN, CLUB):
        sorted_waits, count = sorted(waits[name]), ROUNDS * BUYERS * each
        p95 = sorted_waits[int(len(sorted_waits) * 0.95)]
        more = (ratio, "0.6 or more") if name == CLUB else (None, None)
        rows.append((name, median(rates[name]), median(sorted_waits), p95, spent[name] / count, *more))
    table(f"{place.name}: whole checkouts, six requests each, {BUYERS} buyers (median of {ROUNDS})", HEADS, rows)
    for copy in own.values():
        place.drop(copy)


def _go(port: int, tokens: Sequence[str], each: int, turn: int) -> tuple[float, list[float]]:
    """Checkouts a second, and how many milliseconds each took."""
    begun = time.perf_counter()
    with ThreadPoolExecutor(BUYERS) as pool:
        done = list(pool.map(lambda number: _checkouts(port, tokens, each, turn, number), range(BUYERS)))
    return BUYERS * each / (time.perf_counter() - begun), [wait for waits in done for wait in waits]


def _checkouts(port: int, tokens: Sequence[str], each: int, turn: int, number: int) -> list[float]:
    own = tokens[number::BUYERS]  # nobody buys with two browsers at once
    buyers = [Buyer(port, {"club": token}) for token in own]
    waits = []
    for count in range(each):
        begun = time.perf_counter()
        buyers[count % len(buyers)].buy(f"wine-{(number * 251 + turn * 97 + count * 7) % PRODUCTS}")
        waits.append((time.perf_counter() - begun) * 1000)
    return waits
