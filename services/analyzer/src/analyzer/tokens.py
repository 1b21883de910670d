"""How few tokens a text has, and which context holds how many, without the model's tokenizer."""

from analyzer.evidence import UNSPACED

CONTEXTS = (4096, 8192, 16384, 32768, 65536, 131072)
"""Sizes asked for. Few, because Ollama loads a model anew whenever the size changes."""


def least(text: str) -> int:
    """A lower bound: tokenizers put no space inside a token, and at most some 4 Han or kana characters."""
    unspaced = sum(any(low <= ord(c) <= high for low, high in UNSPACED) for c in text if c >= "\u0e00")
    return max(len(text.split()), unspaced // 4)


def context_for(tokens: int, most_allowed: int) -> int:
    """The smallest context that holds so many tokens, or the largest allowed."""
    return next((size for size in CONTEXTS if tokens <= size <= most_allowed), most_allowed)
