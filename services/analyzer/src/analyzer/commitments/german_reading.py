"""What the rules for German clauses share: who stands beside a verb, and whether its words are a task."""

from analyzer.commitments.german_clauses import FILLERS, Clause
from analyzer.commitments.german_forms import INFINITIVES
from analyzer.commitments.german_verbs import ALONE, LIGHT, NEVER, PARTICLES, TALK
from analyzer.commitments.people import is_name
from analyzer.commitments.promises import Who
from analyzer.words import listed

Found = tuple[int, Who, str | None, bool]
"""Word at which the task begins; who; their name; whether a day must be named."""
WITH = {"reden": {"mit"}, "sprechen": {"mit"}, "denken": {"an", "daran", "dran"}}
"""Verbs that are a task with a preposition, which may stand anywhere."""
SKIPPED = FILLERS | frozenset(listed("mal mir uns sich auch"))
SUBJECTS = frozenset(listed("ich wir du ihr sie jemand einer bitte mal doch"))


def beside(clause: Clause, at: int, *, exact: bool = False) -> tuple[str, ...]:
    """The words next to one; in small letters unless `exact`, which tells `Sie` from `sie`."""
    words = clause.words if exact else clause.low
    return (*words[max(0, at - 1) : at], *words[at + 1 : at + 2])


def weight(clause: Clause, base: str) -> bool | None:
    """Whether a finite verb needs a day to be a task; None when it is none, as without its particle."""
    near = {clause.low[-1]} | (WITH.get(base, set()) & set(clause.low))
    if base in ALONE or PARTICLES.get(base, frozenset()) & near:
        return False
    return True if base in LIGHT else None


def infinitive(clause: Clause) -> bool | None:
    """Whether a clause with a modal verb needs a day to be a task; None when it is none."""
    low, last = clause.low, clause.low[-1]
    phrase = (last in {"geben", "sagen"} and "bescheid" in low) or (WITH.get(last, set()) & set(low))
    if phrase or not INFINITIVES.isdisjoint(low):
        return False
    if last in TALK:
        return True
    return None if last in NEVER or not last.endswith("n") else False


def behind(clause: Clause, at: int) -> int:
    """The first word of what is to be done: behind the verb at `at` and its subject, or the clause's
    beginning when something else stands before them."""
    if at > clause.opening + 1 or (at == clause.opening + 1 and clause.low[clause.opening] not in SUBJECTS):
        return clause.opening
    skipped = at + 1
    while skipped < len(clause.low) - 1 and clause.low[skipped] in SUBJECTS:
        skipped += 1
    return skipped


def subject(clause: Clause, at: int) -> str | None:
    """Who stands beside the finite verb: `Anna`, `Herr Keller`, `der Doktor`, as said. People first."""
    after = at + 1
    while after < len(clause.low) and clause.low[after] in SKIPPED:
        after += 1
    before, behind_it = (
        _noun_phrase(clause, clause.opening, at),
        _noun_phrase(clause, after, len(clause.words)),
    )
    if before is None or (behind_it or "").startswith(("Herr ", "Frau ")):
        return behind_it or before
    return before


def _noun_phrase(clause: Clause, start: int, end: int) -> str | None:
    """At most title or article, and a name or noun."""
    words = clause.words[start : min(end, start + 2)]
    if (
        len(words) == 2
        and words[0].lower() in {"der", "die", "herr", "frau", "doktor"}
        and words[1][:1].isupper()
    ):
        article = words[0].lower() if words[0].lower() in {"der", "die"} else words[0]
        return f"{article} {words[1]}"
    if words and is_name(words[0]) and (start > 0 or end - start == 1):
        return words[0]
    return None
