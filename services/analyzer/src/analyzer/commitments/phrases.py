"""A small notation for patterns of words: `i will ADV VERB`, one element a word, over tagged words.

An element in small letters is a word as said or a lemma, `a/b` one of two, `a?` one that may be missing; what
is written large is a macro: a pattern that a language gives.
"""

import re
from collections.abc import Mapping, Sequence

from analyzer.grammar import Word

ANY = r"[^ |]+"


def encoded(words: Sequence[Word], tags: Sequence[str]) -> str:
    """The words as one text for these patterns: each as `said|lemma|TAG `, in small letters."""
    return " " + "".join(f"{word.low}|{word.lemma}|{tag} " for word, tag in zip(words, tags, strict=True))


def number(text: str, at: int) -> int:
    """Of the word that begins at character `at` of an encoded text."""
    return text.count(" ", 0, at) - 1


def one(tags: str) -> str:
    """A word by a pattern of its tag."""
    return rf"(?:{ANY}\|{ANY}\|(?:{tags}) )"


def word(said: str) -> str:
    """One of the words, as said or as a lemma."""
    either = "|".join(map(re.escape, said.split("/")))
    return rf"(?:(?:(?:{either})\|{ANY}|{ANY}\|(?:{either}))\|{ANY} )"


def sequence(phrase: str, macros: Mapping[str, str]) -> str:
    return "".join(_element(one, macros) for one in phrase.split())


def any_of(phrases: Sequence[str], macros: Mapping[str, str]) -> str:
    return f"(?:{'|'.join(sequence(phrase, macros) for phrase in phrases)})"


def compiled(phrase: str, macros: Mapping[str, str]) -> re.Pattern[str]:
    return re.compile("(?<= )" + sequence(phrase, macros))


def _element(said: str, macros: Mapping[str, str]) -> str:
    bare = said.removesuffix("?") if len(said) > 1 else said
    found = macros[bare] if bare in macros else word(bare)
    return found if bare == said else f"(?:{found})?"
