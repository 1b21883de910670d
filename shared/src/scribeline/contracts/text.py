"""Putting segments together to a text, and how much of it a language model has room for."""

from collections.abc import Iterable

UNSPACED = frozenset({"zh", "yue", "ja", "th", "lo", "my", "km", "bo"})
"""Languages written without spaces between words (openai/whisper tokenizer.py, split_to_word_tokens)."""


def joined(texts: Iterable[str], language: str | None) -> str:
    """One running text, with single spaces between segments where the language has them."""
    return ("" if language in UNSPACED else " ").join(part for text in texts if (part := text.strip()))


def most_tokens(text: str) -> int:
    """Tokens a text may have, without the model's tokenizer: an upper estimate.

    3 ASCII characters or 2 other bytes of UTF-8 a token (Mistral's English is at about 4).
    """
    ascii_characters = len(text.encode("ascii", "ignore"))
    other_bytes = len(text.encode("utf-8", "replace")) - ascii_characters
    return max(len(text.split()), ascii_characters // 3 + other_bytes // 2) + 1


def most_tokens_of_line(number: int, text: str, speaker: str | None = None) -> int:
    """The same of a transcript's line as the analyzer shows it to the model: `number| speaker: text`."""
    return most_tokens(f"{number}| {f'{speaker}: ' if speaker else ''}{text}\n")
