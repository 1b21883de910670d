"""Comparing texts by their words."""

from bisect import bisect_right
from itertools import accumulate

import jiwer
from whisper_normalizer.english import EnglishTextNormalizer

_normalize = EnglishTextNormalizer()


def differing(heard: str, said: str) -> int:
    """Words wrong, missing or too many, after Whisper's own English normalising."""
    outcome = jiwer.process_words(_normalize(said), _normalize(heard))
    return int(outcome.substitutions + outcome.deletions + outcome.insertions)


def same_words(heard: str, said: str, errors: int = 0) -> bool:
    """Whether at most so many words differ."""
    return differing(heard, said) <= errors


def words(said: str) -> int:
    """How many words there are to get wrong."""
    return len(_normalize(said).split())


def differing_in_each(said: list[str], heard: str) -> list[int]:
    """Words wrong in each of several texts said one after the other, by one alignment over all of them."""
    lengths = [words(text) for text in said]
    ends = list(accumulate(lengths))
    outcome = jiwer.process_words(" ".join(map(_normalize, said)), _normalize(heard))
    wrong = [0] * len(said)
    for chunk in outcome.alignments[0]:
        if chunk.type == "insert":
            wrong[min(bisect_right(ends, chunk.ref_start_idx), len(said) - 1)] += (
                chunk.hyp_end_idx - chunk.hyp_start_idx
            )
        elif chunk.type != "equal":
            for word in range(chunk.ref_start_idx, chunk.ref_end_idx):
                wrong[bisect_right(ends, word)] += 1
    return wrong
