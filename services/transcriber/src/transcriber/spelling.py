"""Spellings that the user wants: whole words or phrases, in any case, found and written otherwise. Pure."""

import re
from collections.abc import Sequence
from functools import lru_cache

from scribeline.contracts.transcription import Replacement, Segment, Word

UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\ua4cf\uf900-\ufaff"
"""Scripts written without spaces (Thai, Lao, Burmese, Khmer, Han, kana): a word may end anywhere in them."""


class Spelling:
    """All replacements in one pass, the longest first: what was written is never replaced again.

    Linear in the text. Nothing of what the user gives is read as a regular expression.
    """

    def __init__(self, replacements: Sequence[Replacement]) -> None:
        longest_first = sorted(
            (one for one in replacements if one.find.strip()), key=lambda one: len(one.find), reverse=True
        )
        self._written = [one.replace for one in longest_first]
        patterns = [f"({_whole(one.find)})" for one in longest_first]
        self._pattern = re.compile("|".join(patterns), re.IGNORECASE) if patterns else None

    def of(self, text: str) -> str:
        """The text with its replacements made."""
        return self._pattern.sub(self._replaced, text) if self._pattern else text

    def of_segment(self, segment: Segment) -> Segment:
        """Text and words alike; words that a phrase spans become one, and what is left empty goes."""
        if self._pattern is None:
            return segment
        words = segment.words and self._of_words(segment.words)
        return segment.model_copy(update={"text": self.of(segment.text), "words": words})

    def _of_words(self, words: Sequence[Word]) -> tuple[Word, ...]:
        assert self._pattern is not None  # noqa: S101 - of_segment has looked
        line, starts = "", list[int]()
        for word in words:
            starts.append(len(line))
            line += f"{word.text} "
        merged: list[Word] = []
        done = 0
        for match in self._pattern.finditer(line):
            touched = [
                n for n in range(done, len(words)) if _overlaps(starts[n], words[n].text, match.span())
            ]
            if not touched:
                continue
            merged += words[done : touched[0]]
            text = line[starts[touched[0]] : starts[touched[-1]] + len(words[touched[-1]].text)]
            merged.append(_one([words[n] for n in touched], self.of(text)))
            done = touched[-1] + 1
        return tuple(word for word in [*merged, *words[done:]] if word.text)

    def _replaced(self, match: re.Match[str]) -> str:
        return self._written[(match.lastindex or 1) - 1]


@lru_cache(maxsize=64)
def spelling(replacements: tuple[Replacement, ...]) -> Spelling:
    """Compiled once for all pieces of a recording."""
    return Spelling(replacements)


def _one(words: Sequence[Word], text: str) -> Word:
    return Word(
        start=words[0].start,
        end=max(word.end for word in words),
        text=text,
        probability=min(word.probability for word in words),
    )


def _overlaps(start: int, text: str, span: tuple[int, int]) -> bool:
    return start < span[1] and start + len(text) > span[0]


def _whole(find: str) -> str:
    """A pattern of the words with any whitespace between, not inside of a longer word."""
    find = find.strip()
    words = r"\s+".join(map(re.escape, find.split()))
    before = rf"(?<![^\W{UNSPACED}])" if _ends_a_word(find[:1]) else ""
    after = rf"(?![^\W{UNSPACED}])" if _ends_a_word(find[-1:]) else ""
    return f"{before}{words}{after}"


def _ends_a_word(character: str) -> bool:
    return re.match(rf"[^\W{UNSPACED}]", character) is not None
