"""What lasts longer than a request: figures until they are made anew, large counts for a minute, small ones never."""

import pytest
from flask import render_template_string

from web.lasting import MANY, lasting, lasting_if_many

pytestmark = pytest.mark.usefixtures("club")


def test_what_follows_from_its_key_is_found_out_once_for_it(app):
    found = iter(range(100))

    def shown(key):
        with app.test_request_context("/"):
            return lasting("figures", key, lambda: next(found))

    assert [shown("night 1"), shown("night 1"), shown("night 2"), shown("night 1")] == [0, 0, 1, 0]


def test_a_small_count_is_always_fresh(app):
    counts = iter([3, 4, MANY, 5])

    def shown():
        with app.test_request_context("/"):
            return lasting_if_many("customers", "all", lambda: next(counts), count=lambda found: found)

    assert [shown() for _ in range(4)] == [3, 4, MANY, 5]


def test_a_macro_is_markup_only_where_what_it_says_was_escaped(app):
    macro = "{% autoescape false %}{% macro said(one) %}{{ one }}{% endmacro %}"
    with app.test_request_context("/"):
        drawn = render_template_string(macro + "{{ said('<b>')|e }}{% endautoescape %}")
    assert drawn == "&lt;b&gt;"


def test_a_macro_takes_its_values_in_order_by_name_or_not_at_all(app):
    macro = '{% macro said(one, two="none") %}{{ one }} {{ two }}{% endmacro %}'
    with app.test_request_context("/"):
        drawn = render_template_string(macro + '{{ said("<b>") }}, {{ said(1, "&") }}, {{ said(two=True, one=none) }}')
    assert drawn == "&lt;b&gt; none, 1 &amp;, None True"
