"""Sentiment by VADER (Hutto and Gilbert 2014), sentence by sentence: on a whole text it says nothing.

It takes courtesy for joy, and does not hear a complaint that keeps its temper; both are seen to here.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from analyzer.merge import label_of
from analyzer.sentences import Sentence
from scribeline.contracts.analysis import Sentiment, SentimentLabel

LANGUAGES = frozenset({"en"})

NOT_SPOKEN = re.compile(r"[^\w\s.,;:!?'\"()-]")
"""Emoji and the like: nobody says them, and VADER takes seconds for a few thousand."""
COURTESY = 0.05
"""Of the mean: as much is in any polite talk (between 0 and 0.13 on our neutral pages)."""
COMPLAINS = 0.05
"""Share of complaining sentences from which on the whole is a complaint."""
DONE = r"(?:work|arriv|com|fix|turn|happen|show|receiv|repair|heard|help|ring|call|answer|deliver)\w*"
COMPLAINT = re.compile(
    r"\b(?:complain\w*|unacceptable|disappoint\w*|frustrat\w*|fed up|ridiculous|not good enough|useless"
    rf"|(?:still|is|are|was|does|do|did|has|have|had)(?:n't| not) (?:been |being )?{DONE}"
    r"|(?:nobody|no ?one) (?:has |ever |even )?(?:came|come|call\w*|answer\w*|turn\w*|show\w*|rang|told)"
    r"|(?:second|third|fourth|fifth) time|waste of|wasted|been waiting|waited|broken|broke down"
    r"|leak\w*|mould\w*|refund\w*|compensat\w*|never (?:came|arrived|called|got)|(?:un|not )happy"
    r"|angry|annoy\w*|terrible|awful|overcharg\w*|damaged|faulty"
    r"|without (?:heating|hot water|internet|power))\b",
    re.IGNORECASE,
)


def sentiment(sentences: Sequence[Sentence]) -> Sentiment:
    """Of the whole, -1..1, with the sentence that shows it best. English only."""
    scores = [_compound(sentence.text) for sentence in sentences]
    complaints = [at for at, sentence in enumerate(sentences) if COMPLAINT.search(sentence.text)]
    share = len(complaints) / max(1, len(sentences))
    score = _negative(share) if share >= COMPLAINS else _whole(scores)
    label = label_of(score)
    if label is SentimentLabel.NEUTRAL:
        # None shows it by itself: the one that is most like the whole.
        shown = min(range(len(scores)), key=lambda index: abs(scores[index] - score))
    else:
        side = 1 if score > 0 else -1
        among = complaints if share >= COMPLAINS else range(len(scores))
        shown = max(among, key=lambda index: scores[index] * side)
    return Sentiment(label=label, score=score, evidence=sentences[shown].evidence())


def _negative(share: float) -> float:
    return -round(min(1.0, 2 * share), 4)


def _whole(scores: Sequence[float]) -> float:
    """The mean of the sentences, without what courtesy adds to it."""
    mean = sum(scores) / len(scores) if scores else 0.0
    return round(min(mean, max(0.0, mean - COURTESY)), 4)


def _compound(text: str) -> float:
    return float(_analyzer().polarity_scores(NOT_SPOKEN.sub(" ", text))["compound"])


@lru_cache(maxsize=1)
def _analyzer() -> Any:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer  # noqa: PLC0415 - reads its lexicon

    return SentimentIntensityAnalyzer()
