"""Which cartons an order needs: as few as possible, none larger than needed, none too heavy."""

import pytest

from club.delivery.cartons import Carton, proposal

ONE = Carton(id=1, name="One", pieces=1, most_grams=2000, own_grams=100)
THREE = Carton(id=3, name="Three", pieces=3, most_grams=5000, own_grams=300)
SIX = Carton(id=6, name="Six", pieces=6, most_grams=9000, own_grams=500)
SIZES = (SIX, ONE, THREE)
BOTTLE = 1400


@pytest.mark.parametrize(
    ("weights", "expected", "grams"),
    [
        ([BOTTLE], [("One", 1)], 1500),
        ([BOTTLE] * 2, [("Three", 1)], 3100),
        ([BOTTLE] * 7, [("Six", 1), ("One", 1)], 7 * BOTTLE + 600),
        ([BOTTLE] * 14, [("Six", 2), ("Three", 1)], 14 * BOTTLE + 1300),
        ([3000, 3000, 100], [("Six", 1)], 6600),
        ([4000] * 2, [("Six", 1)], 8500),
        ([0] * 4, [("Six", 1)], 0),
    ],
)
def test_few_cartons_and_none_larger_than_needed(
    weights: list[int], expected: list[tuple[str, int]], grams: int
) -> None:
    found = proposal(SIZES, weights)
    assert found is not None
    assert [(packed.carton.name, packed.count) for packed in found.cartons] == expected
    assert found.grams == grams


@pytest.mark.parametrize(("sizes", "weights"), [(SIZES, [9001]), ((), [100])])
def test_what_goes_into_none_has_no_proposal(sizes: tuple[Carton, ...], weights: list[int]) -> None:
    assert proposal(sizes, weights) is None
