"""What the rules take for the mood of a whole conversation."""

import pytest

from analyzer.extractive import report
from scribeline.contracts.analysis import Sentiment, SentimentLabel
from tests.support.analyses import part_of


def mood(*texts: str) -> Sentiment:
    sentiment = report(part_of(texts)).sentiment
    assert sentiment is not None
    return sentiment


def test_a_complaint_stays_one_though_it_is_polite() -> None:
    said = mood(
        "Good morning, thank you for taking my call.", "The heating still isn't working.", "Thanks a lot."
    )
    assert said.label is SentimentLabel.NEGATIVE
    assert said.evidence is not None
    assert said.evidence.quote == "The heating still isn't working."


@pytest.mark.parametrize(
    "text", ["Okay, the next item is the budget.", "Yes, we moved it to the second shelf."]
)
def test_work_as_usual_is_neutral(text: str) -> None:
    plain = ("The report has nine pages.", "It was sent on Monday.", "The printer is upstairs.") * 2
    assert mood(text, *plain).label is SentimentLabel.NEUTRAL


def test_delight_is_positive_and_shown() -> None:
    said = mood("I love working here.", "It was a wonderful year.", "We have nine tables.")
    assert said.label is SentimentLabel.POSITIVE
    assert said.evidence is not None
