"""German clauses with a modal verb and wishes: `das muss ich klären`, `kannst du`, `ich möchte, dass Sie`."""

import re

from analyzer.commitments.german_clauses import Clause
from analyzer.commitments.german_forms import INFINITIVES, PARTICIPLES
from analyzer.commitments.german_reading import Found, behind, beside, infinitive, subject
from analyzer.commitments.people import is_name
from analyzer.commitments.promises import Who
from analyzer.words import listed

MUST = {
    "ich": frozenset(listed("muss müsste werde soll")),
    "wir": frozenset(listed("müssen müssten werden sollten wollen sollen")),
    "du": frozenset(listed("musst müsstest solltest sollst")),
    "ihr": frozenset(listed("müsst müsstet solltet sollt")),
    "Sie": frozenset(listed("müssen müssten sollten sollen")),
}
OTHERS_MUST = frozenset(listed("muss müssen soll sollen sollte sollten wird werden"))
CAN = {
    "du": frozenset(listed("kannst könntest würdest magst")),
    "ihr": frozenset(listed("könnt könntet würdet")),
    "Sie": frozenset(listed("können könnten würden")),
    "jemand": frozenset(listed("kann könnte würde mag")),
    "einer": frozenset(listed("kann könnte würde mag")),
    "wer": frozenset(listed("kann könnte")),
}
WISHED = frozenset(listed("könntest könntet könnten würdest würdet würden kannst könnt können"))
AWAY = frozenset(listed("weg raus rein fertig rüber zurück runter hoch ran"))
UNCERTAIN_SUBJECTS = frozenset(listed("man keiner niemand"))
ADDRESS = frozenset(listed("ich wir du ihr man"))


def modal(clause: Clause) -> Found | None:
    """`Das muss ich klären`, `wir müssen bis Freitag liefern`, `Sie müssen bitte nüchtern kommen`."""
    for at, word in enumerate(clause.low):
        for pronoun, verbs in MUST.items():
            if word in verbs and pronoun in beside(clause, at, exact=pronoun == "Sie") and not clause.asks:
                return _modal(clause, at, pronoun)
    return None


def _modal(clause: Clause, at: int, pronoun: str) -> Found | None:
    dated = infinitive(clause)
    if pronoun not in {"ich", "wir"} and dated is not False and "bitte" in clause.low:
        dated = False
    if dated is None:
        return None
    task_known = not INFINITIVES.isdisjoint(clause.low)
    weak = pronoun != "ich" and not task_known and "bitte" not in clause.low
    who = {"ich": Who.SPEAKER, "wir": Who.NOBODY}.get(pronoun, Who.HEARER)
    return behind(clause, at), who, None, dated or weak


def others(clause: Clause) -> Found | None:
    """`Die Sabine soll nachfragen`, `der Plan muss erstellt werden`, `muss mir einer freischalten`."""
    if clause.asks or not UNCERTAIN_SUBJECTS.isdisjoint(clause.low):
        return None
    for at, word in enumerate(clause.low):
        if (
            word in OTHERS_MUST
            and not ADDRESS & set(beside(clause, at))
            and "Sie" not in beside(clause, at, exact=True)
        ):
            return _others(clause, at, word)
    return None


def _others(clause: Clause, at: int, word: str) -> Found | None:
    will, last = word in {"wird", "werden"}, clause.low[-1]
    rest = clause.low[at + 1 :]
    if not PARTICIPLES.isdisjoint(rest) and (will or last == "werden"):
        return clause.opening, Who.NOBODY, None, will
    if not INFINITIVES.isdisjoint(rest):
        name = subject(clause, at)
        person = name is not None and is_name(name.split()[0])
        open_ = not {"noch", "bitte", "einer", "jemand"}.isdisjoint(clause.low) or word in {"soll", "sollen"}
        return clause.opening, Who.NAMED if name else Who.NOBODY, name, not (person or (open_ and not will))
    if word in {"muss", "müssen"} and not AWAY.isdisjoint(rest):
        return clause.opening, Who.NOBODY, None, False
    return None


def request(clause: Clause) -> Found | None:
    """`Kannst du bitte Peter anrufen?`, `könnte das jemand übernehmen?`"""
    at = clause.opening
    for pronoun, verbs in CAN.items():
        following = clause.words[at + 1 : at + 4] if pronoun == "Sie" else clause.low[at + 1 : at + 4]
        if clause.low[at : at + 1] and clause.low[at] in verbs and pronoun in following:
            dated = infinitive(clause)
            who = Who.HEARER if pronoun in {"du", "ihr", "Sie"} else Who.NOBODY
            return None if dated is None else (behind(clause, at), who, None, dated)
    return None


def together(clause: Clause) -> Found | None:
    """`Lasst uns den 2. April dafür nehmen`."""
    at = clause.opening
    if (
        clause.low[at : at + 1]
        and clause.low[at] in {"lass", "lasst", "lassen"}
        and "uns" in clause.low[at + 1 : at + 3]
    ):
        return at, Who.NOBODY, None, INFINITIVES.isdisjoint(clause.low)
    return None


def needed(clause: Clause) -> Found | None:
    """`Bis Dienstag brauche ich von dir die Zahlen`, `ich hätte gern eine Antwort von Ihnen`."""
    wants = not {"brauche", "bräuchte", "brauch"}.isdisjoint(clause.low) or {"hätte", "gern"} <= set(
        clause.low
    )
    if wants and {"ich", "von"} <= set(clause.low) and not {"dir", "euch", "ihnen"}.isdisjoint(clause.low):
        return clause.opening, Who.HEARER, None, False
    return None


def begged(clause: Clause) -> Found | None:
    """`Ich würde dich bitten, die Gäste zu begrüßen`, `vergessen Sie bitte nicht, sich anzumelden`."""
    forgets = not {"vergiss", "vergesst", "vergessen"}.isdisjoint(clause.low[:3]) and "nicht" in clause.low
    begs = {"ich", "bitten"} <= set(clause.low) or clause.low[:2] == ("ich", "bitte")
    return (clause.opening, Who.HEARER, None, False) if (forgets or begs) and not clause.asks else None


def wished(clause: Clause) -> Found | None:
    """`Es wäre gut, wenn du das prüfen könntest`, `ich möchte, dass Sie das lesen`."""
    if clause.low[0] not in {"wenn", "dass"} or not {"du", "ihr", "sie"} & set(clause.low[1:3]):
        return None
    wanted = re.search(r"\bich (?:möchte|will|hätte gern|wünsche)\w*\W*$", clause.before, re.IGNORECASE)
    nice = re.search(r"\b(?:wäre|fände|würde)\b", clause.before, re.IGNORECASE)
    if clause.low[0] == "dass" and wanted:
        return 1, Who.HEARER, None, False
    if nice and clause.low[-1] in WISHED and not INFINITIVES.isdisjoint(clause.low):
        return 1, Who.HEARER, None, False
    return None
