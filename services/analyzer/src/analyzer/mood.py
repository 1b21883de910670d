"""Sentiment by VADER (Hutto and Gilbert 2014), sentence by sentence: on a whole text it says nothing."""

import re
from functools import lru_cache
from typing import Any

from analyzer.merge import label_of
from analyzer.sentences import Sentence
from scribeline.contracts.analysis import Sentiment, SentimentLabel

LANGUAGES = frozenset({"en"})

NOT_SPOKEN = re.compile(r"[^\w\s.,;:!?'\"()-]")
"""Emoji and the like: nobody says them, and VADER takes seconds for a few thousand."""


def sentiment(sentences: list[Sentence]) -> Sentiment:
    """The mean of VADER's compound scores, -1..1, with the sentence that shows it best. English only."""
    scores = [_compound(sentence.text) for sentence in sentences]
    mean = round(sum(scores) / len(scores), 4) if scores else 0.0
    label = label_of(mean)
    if label is SentimentLabel.NEUTRAL:
        return Sentiment(label=label, score=mean)
    strongest = max(range(len(scores)), key=lambda index: scores[index] * (1 if mean > 0 else -1))
    return Sentiment(label=label, score=mean, evidence=sentences[strongest].evidence())


def _compound(text: str) -> float:
    return float(_analyzer().polarity_scores(NOT_SPOKEN.sub(" ", text))["compound"])


@lru_cache(maxsize=1)
def _analyzer() -> Any:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer  # noqa: PLC0415 - reads its lexicon

    return SentimentIntensityAnalyzer()
