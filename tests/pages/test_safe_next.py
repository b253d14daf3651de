"""Where people are sent back to."""

import pytest
from flask import Flask

from web.safe_next import path_to_return_to, safe_next

ELSEWHERE = [
    None, "", " ", "\n", "http://evil.example", "http:///evil.example", "https://evil.example", "ftp://evil.example",
    "//evil.example", "///evil.example", "///x", "\\\\evil.example", "\\\\\\evil.example", "/\\\\/evil.example",
    "\\\\//evil.example", "/\\/evil.example", "\\/evil.example", "/\\evil.example", "/\t/evil.example",
    "/\n/evil.example", "http:/\\//evil.example", "http:\\/evil.example", "http:/\\evil.example",
    'javascript:alert("x")',
    "\njavascript:alert(x)", "\x08//evil.example", "\x08//x", "http://club.example\\@evil.example",
    "http:\\\\club.example\\@evil.example", "http://club.example\\me:pass@evil.example", "evil.example", "me/points",
    " /me", "/me\r\nSet-Cookie: a=b", "/me\u2028x", "data:text/html,x", "/" + "x" * 3000,
]  # fmt: skip
OURS = [
    "/", "/me", "/me/points?kind=earned&page=2", "/view?param=http://evil.example", "/view?param=//evil.example",
    "/url%20with%20spaces/", "/j/ABC#top", "/привет",
]  # fmt: skip


@pytest.mark.proves("F-39")
@pytest.mark.parametrize("target", ELSEWHERE)
def test_an_address_that_is_not_a_plain_path_of_ours_is_not_followed(target):
    assert safe_next(target, "/me") == "/me"


@pytest.mark.proves("F-39")
@pytest.mark.parametrize("target", OURS)
def test_a_path_of_ours_is_followed(target):
    assert safe_next(target) == target


def test_after_a_form_one_returns_to_the_page_that_showed_it():
    app = Flask("next")
    shown_on = {"Referer": "http://localhost/me/profile?tab=2"}
    with app.test_request_context("/me/save", method="POST", headers=shown_on):
        assert path_to_return_to() == "/me/profile?tab=2"
    with app.test_request_context("/me/save", method="POST", headers={"Referer": "http://evil.example/x"}):
        assert path_to_return_to() == "/me/save"
    with app.test_request_context("/me/points?kind=earned"):
        assert path_to_return_to() == "/me/points?kind=earned"
