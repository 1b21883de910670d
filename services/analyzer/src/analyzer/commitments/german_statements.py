"""German clauses whose finite verb is the task: `ich kümmere mich darum`, `schicken Sie mir`, `lest`."""

from analyzer.commitments.german_clauses import Clause
from analyzer.commitments.german_forms import (
    BASES,
    FIRST,
    IMPERATIVE,
    INFINITIVES,
    PLURAL,
    SECOND,
    THIRD,
    TO_INFINITIVES,
)
from analyzer.commitments.german_reading import Found, beside, subject, weight
from analyzer.commitments.german_verbs import NEVER, TALK
from analyzer.commitments.people import is_name
from analyzer.commitments.promises import Who
from analyzer.words import listed

GET = {
    "Sie": frozenset(listed("hören bekommen kriegen erhalten haben")),
    "du": frozenset(listed("hörst bekommst kriegst hast")),
    "ihr": frozenset(listed("hört bekommt kriegt habt")),
}
FINITE = frozenset(
    listed(
        "waren hatten wurden haben sind wären hätten müssen mussten müssten können konnten könnten wollen "
        "wollten sollen sollten dürfen durften dürften würden werden mögen mochten möchten"
    )
)
"""What ends in n and is no imperative."""
NO_TASK = frozenset(listed("sich platz vor"))
"""`Setzen Sie sich`, `nehmen Sie Platz`, `stellen Sie sich vor`."""
OBJECTS = frozenset(
    listed(
        "mir uns ihm ihr ihnen mich das den die dem es ihn sie bitte mal doch noch alles alle einen eine "
        "ein am bis gleich morgen heute im in zum zur euch dir an daran dran"
    )
)


def first_person(clause: Clause) -> Found | None:
    """`Ich kümmere mich darum`, `den Antrag formuliere ich`, `.. und rufe Sie morgen an`."""
    for at, word in enumerate(clause.low):
        base = FIRST.get(word)
        spoken = "ich" in beside(clause, at) or (
            at == 1 and clause.low[0] == "und" and "ich" in clause.before.lower()
        )
        if base is None or not spoken or clause.asks or _no_promise(clause, base):
            continue
        bare = len(clause.low) - clause.opening <= 3 and {"mich", "das", "es"}.isdisjoint(clause.low)
        dated = weight(clause, base)
        return None if dated is None else (clause.opening, Who.SPEAKER, None, bare or dated)
    return None


def second_person(clause: Clause) -> Found | None:
    """`Kümmerst du dich darum?`, `du schreibst das bitte auf`."""
    for at, word in enumerate(clause.low):
        for pronoun, table in (("du", SECOND), ("ihr", PLURAL)):
            base = table.get(word)
            asked = clause.asks and at == clause.opening
            if base is None or pronoun not in beside(clause, at) or (clause.asks and not asked):
                continue
            dated, please = weight(clause, base), "bitte" in clause.low
            if dated is not None:
                dated = not (asked and please) and (dated or not (asked or please))
                return clause.opening, Who.HEARER, None, dated
    return None


def third_person(clause: Clause) -> Found | None:
    """`Anna kümmert sich darum`, `das übernimmt Herr Keller`."""
    for at, word in enumerate(clause.low):
        base = None if clause.asks else THIRD.get(word)
        name = subject(clause, at) if base else None
        if base and name and weight(clause, base) is not None:
            sure = base in {"übernehmen", "kümmern"} and is_name(name.split()[0])
            return clause.opening, Who.NAMED, name, not sure
    return None


def formal(clause: Clause) -> Found | None:
    """`Bringen Sie bitte Ihre Karte mit`, `bis nächste Woche lesen Sie Kapitel drei`."""
    for at, (word, following) in enumerate(zip(clause.low, clause.words[1:], strict=False)):
        if following != "Sie" or not word.endswith("n") or clause.asks or not NO_TASK.isdisjoint(clause.low):
            continue
        first = at <= clause.opening
        base = weight(clause, word) if word in BASES else None
        if word in NEVER | FINITE or (word in TALK and base is not False) or not (first or word in BASES):
            return None
        return clause.opening, Who.HEARER, None, not first
    return None


def imperative(clause: Clause) -> Found | None:
    """`Schick sie mir`, `lest bis Montag Kapitel drei`."""
    at = clause.opening
    word = clause.low[at] if at < len(clause.low) else ""
    base = IMPERATIVE.get(word) or PLURAL.get(word)
    following = clause.words[at + 1] if at + 1 < len(clause.words) else ""
    if base is None or clause.asks or not (following.lower() in OBJECTS or following[:1].isupper()):
        return None
    dated = weight(clause, base)
    return None if dated is None else (at, Who.HEARER, None, dated)


def to_do(clause: Clause) -> Found | None:
    """`Danach ist ein Protokoll zu schreiben`."""
    if (
        clause.asks
        or {"ist", "sind"}.isdisjoint(clause.low)
        or not {"schwer", "leicht", "einfach", "gut"}.isdisjoint(clause.low)
    ):
        return None
    pairs = zip(clause.low, clause.low[1:], strict=False)
    if not TO_INFINITIVES.isdisjoint(clause.low) or any(a == "zu" and b in INFINITIVES for a, b in pairs):
        return clause.opening, Who.NOBODY, None, False
    return None


def asked_for(clause: Clause) -> Found | None:
    """`Bitte bis Freitag eintragen`, `wer fehlt, macht das bitte bis Freitag`."""
    if "bitte" not in clause.low or clause.asks or not {"solle", "sollen", "müsse"}.isdisjoint(clause.low):
        return None
    return clause.opening, Who.HEARER, None, clause.low[-1] not in INFINITIVES


def delivered(clause: Clause) -> Found | None:
    """`Sie hören von uns bis Freitag`: a promise of who says it."""
    for at, word in enumerate(clause.low):
        for pronoun, verbs in GET.items():
            if word in verbs and pronoun in beside(clause, at, exact=pronoun == "Sie") and not clause.asks:
                return clause.opening, Who.SPEAKER, None, True
    return None


def _no_promise(clause: Clause, base: str) -> bool:
    """`Ich frage mich`, `ich schreibe mir auf`, `ich schreibe gern`: nobody else is promised anything."""
    fond = not {"gern", "gerne"}.isdisjoint(clause.low) and {"dir", "euch", "ihnen", "das"}.isdisjoint(
        clause.low
    )
    return fond or "mir" in clause.low or (base in {"fragen", "erinnern"} and "mich" in clause.low)
