"""Putting segments together to a text."""

from collections.abc import Iterable

UNSPACED = frozenset({"zh", "yue", "ja", "th", "lo", "my", "km", "bo"})
"""Languages written without spaces between words (openai/whisper tokenizer.py, split_to_word_tokens)."""


def joined(texts: Iterable[str], language: str | None) -> str:
    """One running text, with single spaces between segments where the language has them."""
    return ("" if language in UNSPACED else " ").join(part for text in texts if (part := text.strip()))
