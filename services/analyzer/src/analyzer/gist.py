"""A summary out of a text's own sentences: those with the most frequent content words, in their order.

Sentence scoring by summed word frequency after Luhn 1958, "The Automatic Creation of Literature Abstracts".
"""

import math
from collections import Counter

from analyzer.merge import cut
from analyzer.sentences import Sentence
from analyzer.topics import SMALL_TALK
from analyzer.words import WORD, stop_words

MAX_SENTENCES = 6
MAX_LENGTH = 1500


def gist(sentences: list[Sentence], language: str) -> str:
    """At most MAX_SENTENCES sentences and MAX_LENGTH characters; '' when there are no sentences."""
    ignored = stop_words(language) | SMALL_TALK
    content = [
        {w for w in WORD.findall(s.text.lower()) if len(w) > 2 and w not in ignored} for s in sentences
    ]
    weight = Counter(word for words in content for word in words)

    def score(index: int) -> float:
        # the square root keeps a long sentence from winning by its length alone
        words = content[index]
        return sum(weight[word] for word in words) / math.sqrt(1 + len(words))

    ranked = sorted(range(len(sentences)), key=lambda index: (-score(index), index))
    chosen: dict[str, int] = {}
    for index in ranked:
        if len(chosen) == wanted(len(sentences)):
            break
        chosen.setdefault(sentences[index].text, index)
    return cut(" ".join(sentences[index].text for index in sorted(chosen.values())), MAX_LENGTH)


def wanted(sentences: int) -> int:
    """A fifth of the sentences, at least two."""
    return min(MAX_SENTENCES, max(2, sentences // 5))
