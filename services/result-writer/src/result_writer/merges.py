"""Which analyses a merge unites: groups of neighbours, level by level. Pure rules.

A merge that failed is passed over: what it was to unite goes one level up as it is, so that its failure costs
a condensation and no item.
"""

from collections.abc import Mapping, Sequence
from itertools import accumulate, pairwise
from typing import TypeVar

from result_writer.flow import merge_levels

T = TypeVar("T")


def groups(parts: Sequence[T], merged: Mapping[int, T], level: int) -> list[tuple[int, tuple[T, ...]]]:
    """The merges of a level: index of each, and what it unites, never nothing.

    `parts` are the analyses of the parts that succeeded, in order; `merged` those of the merges made so far
    that succeeded, by index. `level` counts from 0.
    """
    levels = merge_levels(len(parts))
    offsets = [0, *accumulate(levels)]
    units: list[tuple[T, ...]] = [(part,) for part in parts]
    for below in range(level):
        units = [
            (merged[offsets[below] + n],) if offsets[below] + n in merged else group
            for n, group in enumerate(_grouped(units, levels[below]))
        ]
    return [(offsets[level] + n, group) for n, group in enumerate(_grouped(units, levels[level]))]


def _grouped(units: Sequence[tuple[T, ...]], count: int) -> list[tuple[T, ...]]:
    """Neighbours in `count` groups whose sizes differ by one at most."""
    borders = [len(units) * n // count for n in range(count + 1)]
    return [tuple(one for unit in units[first:last] for one in unit) for first, last in pairwise(borders)]
