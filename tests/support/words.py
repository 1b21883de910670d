"""Comparing texts by their words."""

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
