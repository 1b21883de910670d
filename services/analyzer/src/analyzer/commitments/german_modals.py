"""German clauses with a modal verb and wishes: `das muss ich klären`, `kannst du`, `ich möchte, dass Sie`."""

import re

from analyzer.commitments.german_clauses import Clause
from analyzer.commitments.german_reading import (
    FINITE,
    PARTICLE,
    RECIPIENT,
    Found,
    behind,
    beside,
    infinitive,
    subject,
)
from analyzer.commitments.german_verbs import LIGHT, NEVER, TALK, TASKS
from analyzer.commitments.people import is_name
from analyzer.commitments.promises import Who
from analyzer.words import listed

MUST = {
    "ich": frozenset(listed("muss müsste werde soll sollte")),
    "wir": frozenset(listed("müssen müssten werden sollten wollen sollen")),
    "du": frozenset(listed("musst müsstest solltest sollst")),
    "ihr": frozenset(listed("müsst müsstet solltet sollt")),
    "Sie": frozenset(listed("müssen müssten sollten sollen")),
}
OTHERS_MUST = frozenset(
    listed("muss müssen müsste müssten soll sollen sollte sollten wird werden will wollen wollte")
)
COULD = frozenset(listed("kann könnte will wollte würde möchte können könnten"))
"""With `ich` and `wir`: a promise only of a task, and if nothing tells that it is one of ability."""
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
URGENT = frozenset(listed("noch unbedingt dringend bitte nochmal einer jemand irgendwer bis vor spätestens"))
SPOT = frozenset(listed("beispiel überblick eindruck moment frage tipp"))
"""What is given while speaking."""
UNCERTAIN_SUBJECTS = frozenset(listed("man keiner niemand es"))
ADDRESS = frozenset(listed("ich wir du ihr man"))


def modal(clause: Clause) -> Found | None:
    """`Das muss ich klären`, `wir müssen bis Freitag liefern`, `Sie müssen bitte nüchtern kommen`."""
    for at, word in enumerate(clause.low):
        for pronoun, verbs in MUST.items():
            if word in verbs and pronoun in beside(clause, at, exact=pronoun == "Sie") and not clause.asks:
                return _modal(clause, at, pronoun)
    return None


def _modal(clause: Clause, at: int, pronoun: str) -> Found | None:
    found = infinitive(clause)
    who = {"ich": Who.SPEAKER, "wir": Who.NOBODY}.get(pronoun, Who.HEARER)
    if found is None:
        please = who is Who.HEARER and "bitte" in clause.low
        return (behind(clause, at), who, None, False) if please else None
    verb, known = found
    known = known and (pronoun != "wir" or PARTICLE.sub("", verb, count=1) in TASKS | LIGHT)
    sure = known or not URGENT.isdisjoint(clause.low) or (pronoun == "ich" and verb not in TALK)
    return behind(clause, at), who, None, not sure


def could(clause: Clause) -> Found | None:
    """`Ich kann die Schlüssel abholen`, `ich wollte noch den Elektriker anrufen`."""
    for at, word in enumerate(clause.low):
        near = {"ich", "wir"} & set(beside(clause, at))
        if word not in COULD or not near or clause.asks:
            continue
        verb, known = infinitive(clause) or (None, False)
        things = {"das", "den", "die"} if word in {"könnte", "würde"} else set()
        offered = near == {"ich"} and not (RECIPIENT | things).isdisjoint(clause.low)
        if verb in LIGHT | TASKS or known:
            able = word in {"kann", "könnte"} and verb in LIGHT
            sure = (known or able) and (offered or "noch" in clause.low)
            return behind(clause, at), Who.SPEAKER if "ich" in near else Who.NOBODY, None, not sure
        if word == "will" and clause.low[-1] == "haben":
            return behind(clause, at), Who.SPEAKER, None, True
    return None


def others(clause: Clause) -> Found | None:
    """`Die Sabine soll nachfragen`, `der Plan muss erstellt werden`, `muss mir einer freischalten`."""
    if clause.asks or not UNCERTAIN_SUBJECTS.isdisjoint(clause.low):
        return None
    for at, word in enumerate(clause.low):
        if (
            word in OTHERS_MUST
            and clause.tag(at) in {"VM(FIN)", "VA(FIN)"}
            and not ADDRESS & set(beside(clause, at))
            and "Sie" not in beside(clause, at, exact=True)
        ):
            return _others(clause, at, word)
    return None


def _others(clause: Clause, at: int, word: str) -> Found | None:
    will, rest = word in {"wird", "werden"}, clause.words[at + 1 :]
    urgent = not URGENT.isdisjoint(clause.low)
    done = next((each.lemma for each in rest if each.tag == "VV(PP)"), None)
    if done is not None and (will or clause.low[-1] == "werden"):
        sure = (urgent or done in TASKS) and not will
        return clause.opening, Who.NOBODY, None, not sure
    found = infinitive(clause)
    if found and done is None:
        verb, known = found
        name = subject(clause, at)
        person = name is not None and is_name(name.split()[0])
        wanted = word in {"will", "wollen", "wollte"}
        expected = not will and (urgent or (verb in TASKS and name is not None))
        asked = expected or word in {"soll", "sollen"}
        sure = (person and not wanted) or (asked and "sich" not in clause.low and (known or urgent))
        return clause.opening, Who.NAMED if name else Who.NOBODY, name, not sure
    if word in {"muss", "müssen"} and not AWAY.isdisjoint(clause.low[at + 1 :]):
        return clause.opening, Who.NOBODY, None, False
    return None


def request(clause: Clause) -> Found | None:
    """`Kannst du bitte Peter anrufen?`, `könnte das jemand übernehmen?`, `wer kann ..?`"""
    at = clause.opening + (clause.low[clause.opening : clause.opening + 1] == ("wer",))
    for pronoun, verbs in CAN.items():
        following = clause.low[at + 1 : at + 5]
        if pronoun == "Sie":
            following = tuple(word.text for word in clause.words[at + 1 : at + 4])
        near = (*clause.low[max(0, at - 1) : at], *following)
        if clause.low[at : at + 1] and clause.low[at] in verbs and pronoun in near:
            verb, known = infinitive(clause) or (None, False)
            who = Who.HEARER if pronoun in {"du", "ihr", "Sie"} else Who.NOBODY
            none = verb is None or not SPOT.isdisjoint(clause.low)
            return None if none else (behind(clause, at), who, None, verb in TALK and not known)
    return None


def together(clause: Clause) -> Found | None:
    """`Lasst uns den 2. April dafür nehmen`."""
    at = clause.opening
    first, near = clause.low[at : at + 1], clause.low[at + 1 : at + 3]
    if first and first[0] in {"lass", "lasst", "lassen"} and "uns" in near:
        _, known = infinitive(clause) or (None, False)
        return at, Who.NOBODY, None, not known
    return None


def needed(clause: Clause) -> Found | None:
    """`Bis Dienstag brauche ich von dir die Zahlen`, `ich hätte gern eine Antwort von Ihnen`."""
    low = set(clause.low)
    wants = bool({"brauche", "bräuchte", "brauch"} & low) or {"hätte", "gern"} <= low
    if wants and "ich" in low:
        asked = "von" in low and bool({"dir", "euch", "ihnen"} & low)
        return clause.opening, Who.HEARER if asked else Who.NOBODY, None, not asked
    lacks = "wir" in low and bool({"brauchen", "bräuchten"} & low) and "noch" in low
    concrete = bool({"jemanden", "ein", "eine", "einen", "den", "die", "das"} & low)
    return (clause.opening, Who.NOBODY, None, False) if lacks and concrete else None


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
    last = clause.words[-1]
    does = last.low in WISHED and infinitive(clause) is not None
    does = does or (last.tag in FINITE and last.lemma not in NEVER)
    return (1, Who.HEARER, None, False) if (clause.low[0] == "dass" and wanted) or (nice and does) else None


PLEDGED = re.compile(
    r"\b(?:beschlossen|vereinbart|ausgemacht|versprochen|angeboten|zugesagt|bereit erklärt|"
    r"haben? vor|hat vor|"
    r"(?P<asked>(?:[Ss]chritt|\w*[Aa]ufgabe|[Jj]ob)\b[^,]*\bist(?: es)?|darauf|daran|dafür))\W*$"
)
BY_WHOM = re.compile(
    r"^(?:\w+, )?(?P<name>[A-ZÄÖÜ]\w+) (?:hat|haben)\b|\b(?P<we>wir)\b|\b(?P<i>ich)\b", re.IGNORECASE
)


def pledged(clause: Clause) -> Found | None:
    """`Greta hat versprochen, die Leiter zurückzubringen`, `der nächste Schritt ist, sie zu vergleichen`."""
    before = PLEDGED.search(clause.before)
    zu = any(w.tag == "VV(IZU)" for w in clause.words) or clause.low[-2:-1] == ("zu",)
    if before is None or not zu:
        return None
    by = BY_WHOM.search(clause.before)
    name = by["name"] if by and by["name"] and is_name(by["name"]) else None
    if name:
        return 0, Who.NAMED, name, False
    who = Who.SPEAKER if by and by["i"] else Who.NOBODY
    return 0, Who.HEARER if before["asked"] else who, None, False
