"""Putting segments together to a text, and how much of it a language model has room for."""

import re
from collections.abc import Iterable

UNSPACED = frozenset({"zh", "yue", "ja", "th", "lo", "my", "km", "bo"})
"""Languages written without spaces between words (openai/whisper tokenizer.py, split_to_word_tokens)."""


def joined(texts: Iterable[str], language: str | None) -> str:
    """One running text, with single spaces between segments where the language has them."""
    return ("" if language in UNSPACED else " ").join(part for text in texts if (part := text.strip()))


RARE = re.compile("[\u0a00-\u0b7f\u0c00-\u0dff\u0e80-\u0fff\u1200-\u139f\u1780-\u18af\U00010000-\U0010ffff]+")
"""What tokenizers take byte by byte: Gurmukhi, Gujarati, Telugu to Sinhala, Lao, Tibetan, Ethiopic, Khmer,
Mongolian, emoji."""


def most_tokens(text: str) -> int:
    """Tokens a text may have, without the model's tokenizer: an upper estimate.

    A digit, 3 other ASCII characters, 2 other bytes of UTF-8 or a byte of what is rare are a token. Against
    the tokenizers of Mistral 7B (v3) and Nemo it gives 1.2 to 1.5 of the tokens of English, 1.0 to 1.3 of
    German, and 0.8 of the worst (Turkish, in v3): that much the room for a repair makes up for.
    """
    sendable = text.encode("utf-8", "replace")  # a lone surrogate is sent as a question mark
    ascii_characters = len(sendable.decode().encode("ascii", "ignore"))
    if other_bytes := len(sendable) - ascii_characters:
        other_bytes += sum(len(rare.encode()) for rare in RARE.findall(text))
    digits = sum(map(text.count, "0123456789"))
    return max(len(text.split()), digits + (ascii_characters - digits) // 3 + other_bytes // 2) + 1


def most_tokens_of_line(number: int, text: str, speaker: str | None = None) -> int:
    """The same of a transcript's line as the analyzer shows it to the model: `number| speaker: text`."""
    return most_tokens(f"{number}| {f'{speaker}: ' if speaker else ''}{text}\n")
