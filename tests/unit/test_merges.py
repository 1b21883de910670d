"""Which analyses a merge unites."""

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from result_writer.flow import MERGED_AT_ONCE, merge_levels
from result_writer.merges import groups


def merged_up_to(parts: list[str], failing: set[int]) -> str:
    """All levels one after the other; what the last merge gets, as one word."""
    made: dict[int, str] = {}
    for level in range(len(merge_levels(len(parts)))):
        for index, united in groups(parts, made, level):
            assert united
            if index not in failing or level == len(merge_levels(len(parts))) - 1:
                made[index] = "".join(united)
    return made[sum(merge_levels(len(parts))) - 1]


@given(st.integers(1, 200), st.sets(st.integers(0, 60)))
def test_every_part_reaches_the_last_merge_once_and_in_order_whatever_fails_between(
    count: int, failing: set[int]
) -> None:
    parts = [chr(0x4E00 + n) for n in range(count)]
    assert merged_up_to(parts, failing) == "".join(parts)


@given(st.integers(2, 500))
def test_no_merge_unites_more_than_fits_and_groups_are_even(count: int) -> None:
    nothing: Mapping[int, int] = {}
    sizes = [len(united) for _, united in groups(range(count), nothing, 0)]
    assert max(sizes) <= MERGED_AT_ONCE
    assert max(sizes) - min(sizes) <= 1


def test_merges_of_a_level_are_numbered_after_those_below() -> None:
    parts = list(range(11))
    below = dict(groups(parts, {}, 0))
    assert list(below) == [0, 1, 2]
    assert [index for index, _ in groups(parts, {n: n for n in below}, 1)] == [3]
