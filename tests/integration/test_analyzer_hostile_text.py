"""250 KiB of anything is read in one go: what took more than linear time would outlive these tests."""

import pytest

from analyzer.bounds import fit
from analyzer.evidence import Transcript
from analyzer.extractive import report
from tests.support.analyses import part_of

SIZE = 250 * 1024

UNITS = {
    "one word": "a",
    "abbreviations": "a b. ",
    "quotation marks": "\"' ",
    "marks": "?!",
    "CJK marks": "\u3002a",
    "emoji": "😀 but ",
    "right to left": "שלום \u202e עולם. ",
    "combining marks": "a\u0301\u0301\u0301",
    "NUL": "a\0b ",
    "triggers": "Tom will please can you I'll ",
    "dates": "in 3 days May 1 ",
    "names": "A, B: ",
    "dashes": "a-b'c-",
}


@pytest.mark.timeout(120)
@pytest.mark.parametrize("unit", UNITS.values(), ids=UNITS.keys())
def test_hostile_text_is_read_in_linear_time(unit: str) -> None:
    part = part_of([(unit * SIZE)[:SIZE]])

    assert len(fit(report(part)).model_dump_json().encode()) <= 256 * 1024
    assert Transcript(part.lines).find(f"nobody said {unit * 40}", near=0) is None


@pytest.mark.timeout(120)
def test_many_tiny_lines_are_read_in_linear_time() -> None:
    part = part_of(["a b."] * 50_000)

    assert report(part).coverage.segments_read == 50_000
    assert Transcript(part.lines).find("a b a b", near=40_000)
