"""The parts of an upload are all of its bytes, each of them once."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.presigned.ranges import LARGEST, MANY, MIB, MOST_PARTS, SMALLEST, Layout, usual_part_bytes

TIB = 2**40
sizes = st.integers(1, 40) | st.integers(1, 5 * TIB)


@given(st.integers(1, 5000), st.integers(1, 300))
def test_parts_follow_each_other_from_the_first_byte_to_the_last(total: int, part: int) -> None:
    layout = Layout(total, part)
    spans = [(layout.start(n), layout.start(n) + layout.size(n)) for n in range(1, layout.count + 1)]
    assert [byte for first, end in spans for byte in range(first, end)] == list(range(total))
    assert {end - first for first, end in spans[:-1]} <= {part}


@given(sizes)
def test_what_the_server_chooses_is_what_s3_takes(total: int) -> None:
    chosen = usual_part_bytes(total)
    layout = Layout(total, chosen)
    assert SMALLEST <= chosen <= LARGEST
    assert chosen % MIB == 0
    assert 1 <= layout.count <= MOST_PARTS
    assert sum(layout.size(n) for n in (*range(1, min(layout.count, 50)), layout.count)) <= total
    assert 1 <= layout.size(layout.count) <= chosen


@given(st.integers(1, 5 * 2**30))
def test_a_recording_of_usual_size_has_few_parts(total: int) -> None:
    assert Layout(total, usual_part_bytes(total)).count <= MANY


@given(st.integers(1, 3000), st.integers(30, 300), st.data())
def test_missing_is_exactly_what_is_not_there_with_its_size(
    total: int, part: int, data: st.DataObject
) -> None:
    layout = Layout(total, part)
    numbers = range(1, layout.count + 1)
    right = data.draw(st.sets(st.sampled_from(numbers)))
    wrong = data.draw(st.sets(st.sampled_from(numbers))) - right
    stored = {n: layout.size(n) for n in right} | {n: layout.size(n) + 1 for n in wrong}
    stored |= {layout.count + 1: part, 0: part}  # of which there are no such parts
    assert layout.missing(stored) == [n for n in numbers if n not in right]
    assert layout.missing({}) == list(numbers)
