"""Which bytes each part of an upload holds: pure arithmetic. Parts count from 1, as in S3.

Limits: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
"""

from collections.abc import Mapping
from dataclasses import dataclass

MIB = 2**20
SMALLEST = 5 * MIB
"""S3's least, for every part but the last."""
LARGEST = 5 * 2**30
"""S3's most."""
MOST_PARTS = 10_000
USUAL = 8 * MIB
"""What a cut costs at most, where there is no reason for more."""
USUAL_LARGEST = 64 * MIB
MANY = 100
"""Parts above which they are made larger: see `scribeline.storage.s3.MANY_PARTS`."""


def usual_part_bytes(total: int) -> int:
    """For a client that says nothing: whole MiB, few parts, and few bytes to send again after a cut."""
    wanted = min(max(USUAL, _divided(total, MANY)), USUAL_LARGEST)
    return _divided(max(wanted, _divided(total, MOST_PARTS)), MIB) * MIB


@dataclass(frozen=True)
class Layout:
    """Equal parts but for the last, which together are all of it."""

    bytes: int
    part_bytes: int

    @property
    def count(self) -> int:
        return _divided(self.bytes, self.part_bytes)

    def start(self, number: int) -> int:
        return (number - 1) * self.part_bytes

    def size(self, number: int) -> int:
        return min(self.part_bytes, self.bytes - self.start(number))

    def missing(self, stored: Mapping[int, int]) -> list[int]:
        """Parts that are not there, or not with their size; `stored` tells the sizes by number."""
        return [number for number in range(1, self.count + 1) if stored.get(number) != self.size(number)]


def _divided(whole: int, by: int) -> int:
    """Rounded up."""
    return -(-whole // by)
