"""Whether a tenant's rules ask for an event of its own. Pure."""

from scribeline.contracts.analysis import ActionItem, Sentiment
from scribeline.contracts.rules import TenantRules


def wants_item(rules: TenantRules, item: ActionItem) -> bool:
    rule = rules.action_item_found
    if rule is None:
        return False
    owners = {owner.casefold() for owner in rule.owners}
    return not owners or (item.owner or "").strip().casefold() in owners


def wants_sentiment(rules: TenantRules, sentiment: Sentiment) -> bool:
    rule = rules.sentiment_negative
    return rule is not None and sentiment.score <= rule.at_most
