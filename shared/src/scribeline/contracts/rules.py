"""What a tenant wants to be told of beyond the end of each job."""

from typing import Annotated

from pydantic import Field, StringConstraints

from scribeline.contracts.base import Frozen

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class ActionItemRule(Frozen):
    """An event `analysis.action_item_found` for each action item."""

    owners: tuple[Name, ...] = Field(default=(), max_length=50)
    """Only items of these, in any case; all when empty."""


class NegativeSentimentRule(Frozen):
    """An event `analysis.sentiment_negative` for a recording whose score is low."""

    at_most: float = Field(default=-0.3, ge=-1, le=0)
    """The highest score that counts; -1 is the most negative."""


class TenantRules(Frozen):
    """A rule that is None makes no events."""

    action_item_found: ActionItemRule | None = None
    sentiment_negative: NegativeSentimentRule | None = None
