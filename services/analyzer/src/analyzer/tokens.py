"""How few tokens a text has, and which context holds how many, without the model's tokenizer."""

from itertools import accumulate

from analyzer.evidence import UNSPACED
from scribeline.contracts.text import RARE

CONTEXTS = (8192, 16384, 32768, 65536, 131072)
"""Sizes asked for. Few, because Ollama loads a model anew whenever the size changes; the first has room for a
part of the default size, and so for nearly every call."""


def least(text: str) -> int:
    """A lower bound: tokenizers put no space inside a token, and at most some 4 Han or kana characters."""
    unspaced = sum(any(low <= ord(c) <= high for low, high in UNSPACED) for c in text if c >= "\u0e00")
    return max(len(text.split()), unspaced // 4)


def head(text: str, tokens: int) -> str:
    """The longest beginning that has at most so many tokens, by the estimate of `contracts/text.py`."""
    return text[: sum(total < 6 * tokens for total in accumulate(map(sixths, text)))]


def sixths(character: str) -> int:
    """Sixths of a token that a character costs, by the same estimate."""
    if character.isascii():
        return 6 if character.isdigit() else 2
    return len(character.encode()) * (6 if RARE.match(character) else 3)


def context_for(tokens: int, most_allowed: int) -> int:
    """The smallest context that holds so many tokens, or the largest allowed."""
    return next((size for size in CONTEXTS if tokens <= size <= most_allowed), most_allowed)
