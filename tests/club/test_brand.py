"""The contrast gate."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from club.errors import BadSetting, ContrastTooLow
from club.programme.brand import CANVAS, WHITE, Brand, check_brand, contrast, nearest_readable, shades_of
from club.programme.service import DEFAULTS, check

colors = st.integers(0, 0xFFFFFF).map(lambda value: f"#{value:06X}")


def test_contrast_is_that_of_the_standard():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)
    assert contrast("#16324A", "#FFFFFF") == pytest.approx(13.2, abs=0.05)


def test_the_colours_of_a_new_club_pass():
    check_brand(Brand("#16324A", "#8A6420"))


def test_a_colour_that_cannot_be_read_is_refused_with_the_nearest_that_can():
    with pytest.raises(ContrastTooLow) as refused:
        check_brand(Brand("#FFCC00", "#8A6420"))
    assert (refused.value.name, refused.value.ratio_percent) == ("brand", 142)
    check_brand(Brand(refused.value.nearest, "#8A6420"))


@given(colors)
def test_the_shade_that_is_offered_passes_and_lies_no_further_than_it_must(color):
    offered = nearest_readable(color, CANVAS, 4.5)
    assert contrast(offered, CANVAS) >= 4.5
    if contrast(color, CANVAS) >= 4.5:
        assert offered == color


@given(colors, colors)
def test_whatever_a_club_chooses_every_shade_can_be_read_on_its_ground(brand, accent):
    shades = shades_of(Brand(brand, accent))
    text = [
        (shades.on_brand, shades.brand), (shades.on_brand, shades.brand_hover), (shades.on_brand_2, shades.brand),
        (shades.accent_on_brand, shades.brand), (shades.brand, CANVAS), (shades.brand, WHITE),
        (shades.accent, CANVAS), (shades.accent, shades.accent_soft),
    ]  # fmt: skip
    assert [pair for pair in text if contrast(*pair) < 4.5] == []
    assert contrast(shades.accent_on_brand, shades.brand_track) >= 3


@pytest.mark.parametrize("color", ["red", "#123", "#12345G", "16324A", "#16324A;}body{display:none", ""])
def test_only_six_digits_are_a_colour(color):
    with pytest.raises(BadSetting):
        Brand(color, "#8A6420")


def test_a_club_is_not_set_up_in_colours_that_nobody_can_read():
    with pytest.raises(ContrastTooLow):
        check(replace(DEFAULTS, accent_color="#F4EBD8"))
    check(DEFAULTS)
