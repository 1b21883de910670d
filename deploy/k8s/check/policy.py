"""Asks every rule, and lets pass what an object explains.

An object says `policy.scribeline/RULE: reason` in its annotations, and is not held to that rule. A reason
that is no sentence, or that nothing needs any more, is a problem itself.
"""

from collections.abc import Callable, Collection, Iterator

from deploy.k8s.check.objects import Object, Objects
from deploy.k8s.check.rules import lanes, neighbours, pods, told

Rule = Callable[[Objects], Iterator[tuple[Object, str]]]

RULES: dict[str, Rule] = {
    "no-root": pods.no_root,
    "no-rights": pods.no_rights,
    "no-token": pods.no_token,
    "bounded": pods.bounded,
    "watched": pods.watched,
    "one-version": pods.one_version,
    "spread": pods.spread,
    "budget": lanes.budget,
    "settings": told.settings,
    "secrets": told.secrets,
    "threads": lanes.threads,
    "room": lanes.room,
    "reach": neighbours.reach,
    "drained": neighbours.drained,
    "led": neighbours.led,
    "scaled": neighbours.scaled,
    "to-zero": neighbours.to_zero,
    "more-than-one": neighbours.more_than_one,
}
EXCUSE = "policy.scribeline/"
SHORTEST_REASON = 20


def problems(objects: Objects, rules: Collection[str] = RULES.keys()) -> Iterator[str]:
    """One sentence for each thing that is wrong, by all rules or some."""
    used = set()
    for rule in rules:
        for each, sentence in RULES[rule](objects):
            if rule in excuses(each):
                used.add((_name(each), rule))
            else:
                yield f"{_name(each)}: {sentence} ({rule})"
    for each in objects:
        for rule, reason in excuses(each).items():
            if rule in RULES and rule not in rules:
                continue
            if (_name(each), rule) not in used:
                yield f"{_name(each)}: excuses itself from {rule}, which it keeps or is none"
            elif len(reason) < SHORTEST_REASON:
                yield f"{_name(each)}: does not say why it is no case for {rule}"


def excuses(each: Object) -> dict[str, str]:
    """Rule -> reason."""
    annotations = each["metadata"].get("annotations", {})
    return {key.removeprefix(EXCUSE): why for key, why in annotations.items() if key.startswith(EXCUSE)}


def _name(each: Object) -> str:
    return f"{each['kind']} {each['metadata']['name']}"
