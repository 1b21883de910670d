"""How many tokens a text may be, without the model's tokenizer."""

from analyzer.evidence import UNSPACED

CONTEXTS = (4096, 8192, 16384, 32768, 65536, 131072)
"""Sizes asked for. Few, because Ollama loads a model anew whenever the size changes."""


def most(text: str) -> int:
    """An upper estimate: 3 ASCII characters or 2 other bytes a token (Mistral's English is at about 4)."""
    ascii_characters = sum(character < "\x80" for character in text)
    other_bytes = len(text.encode("utf-8", "replace")) - ascii_characters
    return max(len(text.split()), ascii_characters // 3 + other_bytes // 2) + 1


def least(text: str) -> int:
    """A lower bound: tokenizers put no space inside a token, and at most some 4 Han or kana characters."""
    unspaced = sum(any(low <= ord(c) <= high for low, high in UNSPACED) for c in text if c >= "\u0e00")
    return max(len(text.split()), unspaced // 4)


def context_for(tokens: int, most_allowed: int) -> int:
    """The smallest context that holds so many tokens, or the largest allowed."""
    return next((size for size in CONTEXTS if tokens <= size <= most_allowed), most_allowed)
