"""Where in a passage the words stand that were looked for: pure rules over what PostgreSQL marked."""

import re
from collections.abc import Iterator, Sequence
from html import escape
from itertools import pairwise
from unicodedata import normalize

BEGIN, END, APART = "\x01", "\x02", "\x1f"
"""Set around a word that was looked for, and around characters that are words by themselves. A passage has
none of its own (`scribeline_plain`)."""

_UNSPACED = re.compile(
    "[\u0e00-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff]"
)
"""As in `scribeline_folded`."""

_MARK = re.compile(f"[{BEGIN}{END}]")

_NESTED = re.compile(r"(?<![^\s!&|()</])-[-\s!&|()</]*-")
"""Dashes with nothing between them that PostgreSQL takes for a word. Each would leave out what the next one
leaves out, and so deep it does not count."""

Range = tuple[int, int]


def phrased(asked: str) -> str:
    """What is looked for, with quotes around words of scripts that have no spaces: they stand in a row. Of
    several dashes before a word, one is left."""
    parts = asked.split('"')
    for n in range(0, len(parts), 2):  # those between are in quotes already
        parts[n] = "".join(map(_quoted, re.split(r"(\s+)", _NESTED.sub("-", parts[n]))))
    return '"'.join(parts)


def _quoted(word: str) -> str:
    if not _UNSPACED.search(word):
        return word
    without = word.startswith("-")
    return f'{"-" * without}"{word[without:]}"'


def runs(asked: str) -> frozenset[str]:
    """What of it stands in scripts that have no spaces."""
    return frozenset(re.findall(f"{_UNSPACED.pattern}+", normalize("NFC", asked)))


def marks(body: str, marked: str, asked: str) -> list[list[Range]]:
    """For each line of a passage, the characters that are what was asked for, in order and without overlap.

    `marked` is the same text in small letters, with the marks of words. The mark of a character that is a
    word by itself tells nothing: it may stand alone.
    """
    lines = body.split("\n")
    spoken = marked.replace(APART, "").split("\n")
    if [len(line) for line in lines] != [len(_MARK.sub("", line)) for line in spoken]:
        return []
    rows = "|".join(map(re.escape, sorted(runs(asked), key=len, reverse=True)))
    found = []
    for line, words in zip(lines, spoken, strict=True):
        ranges = [r for r in _ranges(words) if not _UNSPACED.match(line, r[0])]
        ranges += [match.span() for match in re.finditer(rows, line)] if rows else []
        found.append(_joined(ranges))
    return found


def _ranges(marked: str) -> Iterator[Range]:
    before, *parts = marked.split(BEGIN)
    at = len(before)
    for part in parts:
        word, _, rest = part.partition(END)
        yield at, at + len(word)
        at += len(word) + len(rest)


def _joined(ranges: Sequence[Range]) -> list[Range]:
    """In order; those that touch are one."""
    made: list[Range] = []
    for begin, end in sorted(ranges):
        if made and begin <= made[-1][1]:
            made[-1] = made[-1][0], max(end, made[-1][1])
        else:
            made.append((begin, end))
    return made


def shown(marked: Sequence[Sequence[Range]], alone: Sequence[bool], paired: Sequence[bool]) -> list[int]:
    """Which lines are shown: those that have all of it, else two in a row that do, else all that have some.

    `alone` tells of each line whether it has all that was looked for, `paired` the same of it and the next.
    """
    some = [n for n, ranges in enumerate(marked) if ranges]
    whole = [n for n in some if alone[n]]
    if whole:
        return whole
    both = {n for pair in pairwise(range(len(marked))) if paired[pair[0]] for n in pair}
    return [n for n in some if n in both] or some


def as_html(text: str, ranges: Sequence[Range]) -> str:
    """Safe to be put into a page: `<mark>` is the only tag in it."""
    made, at = "", 0
    for begin, end in ranges:
        made += f"{escape(text[at:begin])}<mark>{escape(text[begin:end])}</mark>"
        at = end
    return made + escape(text[at:])
