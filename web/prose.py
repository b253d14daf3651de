"""Markdown that staff write, as HTML that nobody can be hurt by: no HTML of theirs, no scripts, no pictures."""

from collections.abc import Sequence
from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

TAGS = {"p", "h2", "h3", "h4", "ul", "ol", "li", "strong", "em", "a", "br", "hr", "blockquote"}
SCHEMES = {"http", "https", "mailto", "tel"}
HIGHEST, LOWEST = 2, 4
"""Headings of a text lie below the one of its page."""

_MARKDOWN = MarkdownIt("commonmark", {"html": False}).disable(["image", "code", "fence", "html_block", "html_inline"])


@lru_cache(maxsize=64)
def prose(text: str) -> Markup:
    """Headings, lists, bold text and links; anything else is shown as it was typed."""
    tokens = _MARKDOWN.parse(text.replace("\r\n", "\n"))
    _lower_headings(tokens)
    made = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})
    clean = nh3.clean(
        made,
        tags=TAGS,
        attributes={"a": {"href"}},
        url_schemes=SCHEMES,
        link_rel="noopener noreferrer",
    )
    return Markup(clean)  # noqa: S704 - made from our own tags, then cleaned


def kept_words(html: str) -> Markup:
    """The copy of a message: HTML of our own templates, cleaned once more as nothing that was kept is trusted."""
    clean = nh3.clean(
        html,
        tags={"p", "br", "a", "dl", "dt", "dd", "div"},
        attributes={"a": {"href"}, "p": {"class"}, "dl": {"class"}, "dd": {"class"}},
        url_schemes=SCHEMES,
        link_rel="noopener noreferrer",
    )
    return Markup(clean)  # noqa: S704 - cleaned


def _lower_headings(tokens: Sequence[Token]) -> None:
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(max(int(token.tag[1:]), HIGHEST), LOWEST)}"
