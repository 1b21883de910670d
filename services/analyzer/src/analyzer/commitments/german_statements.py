"""German clauses whose finite verb is the task: `ich kümmere mich darum`, `schicken Sie mir`, `lest`."""

from analyzer.commitments.german_clauses import Clause
from analyzer.commitments.german_reading import (
    CUES,
    FINITE,
    RECIPIENT,
    Found,
    beside,
    finite,
    subject,
    weight,
)
from analyzer.commitments.german_verbs import LIGHT, NEVER, TALK, TASKS
from analyzer.commitments.people import is_name
from analyzer.commitments.promises import Who
from analyzer.words import listed

GET = {
    "Sie": frozenset(listed("hören bekommen kriegen erhalten haben")),
    "du": frozenset(listed("hörst bekommst kriegst hast")),
    "ihr": frozenset(listed("hört bekommt kriegt habt")),
}
NO_TASK = frozenset(listed("sich platz vor"))
"""`Setzen Sie sich`, `nehmen Sie Platz`, `stellen Sie sich vor`."""
EVERYBODY = frozenset(listed("jeder jede alle beide jemand einer eine er sie"))
OBJECTS = frozenset(
    listed(
        "mir uns ihm ihr ihnen mich das den die dem es ihn sie bitte mal doch noch alles alle einen eine "
        "ein am bis gleich morgen heute im in zum zur euch dir an daran dran als"
    )
)
SURE = frozenset(listed("übernehmen kümmern"))
"""Said of somebody with a name, it is an assignment."""


def first_person(clause: Clause) -> Found | None:
    """`Ich kümmere mich darum`, `den Antrag formuliere ich`, `.. und rufe Sie morgen an`."""
    for at, word in enumerate(clause.words):
        near = beside(clause, at)
        verb = finite(clause, at)
        goes_on = (
            at <= 1 and clause.low[0] == "und" and "ich" in clause.before.lower() and word.low[-1] == "e"
        )
        if verb is None or clause.asks or not ("ich" in near or goes_on or "wir" in near):
            continue
        if "ich" in near or goes_on:
            return _mine(clause, verb)
        if (ours := _ours(clause, verb)) is not None:
            return ours
    return None


def _mine(clause: Clause, verb: str) -> Found | None:
    dated = weight(clause, verb)
    if dated is None or _no_promise(clause, verb):
        return None
    short = len(clause.low) - clause.opening <= 3
    cued = verb not in TALK and not CUES.isdisjoint(clause.low) and not (short and verb in LIGHT)
    bare = short and {"mich", "das", "es"}.isdisjoint(clause.low)
    return clause.opening, Who.SPEAKER, None, (bare or dated) and not (cued and verb not in NEVER)


def _ours(clause: Clause, verb: str) -> Found | None:
    """Of a firm, to whom it serves: `wir rufen Sie zurück`."""
    dated = weight(clause, verb)
    served = not RECIPIENT.isdisjoint(clause.low) or "Sie" in {word.text for word in clause.words[1:]}
    none = dated is None or (dated and not served)
    return None if none else (clause.opening, Who.NOBODY, None, bool(dated or not served))


def second_person(clause: Clause) -> Found | None:
    """`Kümmerst du dich darum?`, `du schreibst das bitte auf`."""
    for at in range(len(clause.words)):
        verb = finite(clause, at)
        asked = clause.asks and at == clause.opening
        if verb is None or not {"du", "ihr"} & set(beside(clause, at)) or (clause.asks and not asked):
            continue
        dated, please = weight(clause, verb, asked=True), "bitte" in clause.low
        if dated is None:
            return None
        called = is_name(clause.before.rstrip(" ,").rsplit(" ", 1)[-1])
        handed = asked and verb in LIGHT and not {"die", "den", "das"}.isdisjoint(clause.low)
        sure = (asked and please) or (called and verb not in TALK) or handed
        return clause.opening, Who.HEARER, None, not sure and (dated or not (asked or please))
    return None


def third_person(clause: Clause) -> Found | None:
    """`Anna kümmert sich darum`, `das übernimmt Herr Keller`, `die Kollegin schickt Ihnen das`."""
    for at in range(len(clause.words)):
        verb = None if clause.asks else finite(clause, at)
        if verb is None or {"ich", "du", "wir", "ihr"} & set(beside(clause, at)):
            continue
        dated = weight(clause, verb)
        name = subject(clause, at)
        if dated is None:
            return None
        if name:
            person = is_name(name.split()[0])
            served = not RECIPIENT.isdisjoint(clause.low)
            return (
                clause.opening,
                Who.NAMED,
                name,
                not ((verb in SURE and (person or "sich" in clause.low)) or served),
            )
        if not EVERYBODY.isdisjoint(beside(clause, at)) or verb in SURE:
            return clause.opening, Who.NOBODY, None, verb not in SURE
        return None
    return None


def in_charge(clause: Clause) -> Found | None:
    """`Eva ist für die Musik verantwortlich`."""
    named = {"zuständig", "verantwortlich"} & set(clause.low) and {"ist", "sind"} & set(clause.low)
    name = next((w.text for w in clause.words if w.tag == "NE" and is_name(w.text)), None)
    return (clause.opening, Who.NAMED, name, False) if named and name and not clause.asks else None


def formal(clause: Clause) -> Found | None:
    """`Bringen Sie bitte Ihre Karte mit`, `bis nächste Woche lesen Sie Kapitel drei`."""
    for at, (word, following) in enumerate(zip(clause.words, clause.words[1:], strict=False)):
        if following.text != "Sie" or word.tag not in FINITE or clause.asks or not word.low.endswith("n"):
            continue
        verb, first = finite(clause, at) or "", at <= clause.opening
        dated = weight(clause, verb, asked=True)
        if dated is None or (not NO_TASK.isdisjoint(clause.low) and verb not in TASKS):
            return None
        return clause.opening, Who.HEARER, None, (verb in TALK and dated) or not first
    return None


def imperative(clause: Clause) -> Found | None:
    """`Schick sie mir`, `lest bis Montag Kapitel drei`."""
    at = clause.opening
    word = clause.words[at] if at < len(clause.words) else None
    following = clause.words[at + 1].text if at + 1 < len(clause.words) else ""
    if word is None or clause.asks or not (following.lower() in OBJECTS or following[:1].isupper()):
        return None
    verb = finite(clause, at)
    spoken = following in {"Sie", "du", "ihr", "ich", "wir"} or "sich" in clause.low
    if verb is None or spoken or word.low.endswith("en"):
        return None
    dated = weight(clause, verb, asked=True)
    please = not {"bitte", "hausaufgabe"}.isdisjoint(clause.low) and verb not in TALK
    return None if dated is None else (at, Who.HEARER, None, dated and not please)


def to_do(clause: Clause) -> Found | None:
    """`Danach ist ein Protokoll zu schreiben`."""
    hard = not {"schwer", "leicht", "einfach", "gut"}.isdisjoint(clause.low)
    if clause.asks or hard or {"ist", "sind"}.isdisjoint(clause.low):
        return None
    done = next((word.lemma for word in clause.words if word.tag == "VV(IZU)"), None)
    pairs = zip(clause.low, clause.words[1:], strict=False)
    done = done or next(
        (word.lemma for before, word in pairs if before == "zu" and word.tag == "VV(INF)"), None
    )
    return None if done is None or done in NEVER else (clause.opening, Who.NOBODY, None, False)


def asked_for(clause: Clause) -> Found | None:
    """`Bitte bis Freitag eintragen`, `wer fehlt, macht das bitte bis Freitag`."""
    if "bitte" not in clause.low or clause.asks or not {"solle", "sollen", "müsse"}.isdisjoint(clause.low):
        return None
    last = clause.words[-1]
    sure = last.tag in {"VV(INF)", "VV(PP)"} and last.lemma not in NEVER and len(clause.words) > 2
    return clause.opening, Who.HEARER, None, not sure


def delivered(clause: Clause) -> Found | None:
    """`Sie hören von uns bis Freitag`: a promise of who says it."""
    for at, word in enumerate(clause.low):
        for pronoun, verbs in GET.items():
            if word in verbs and pronoun in beside(clause, at, exact=pronoun == "Sie") and not clause.asks:
                return clause.opening, Who.SPEAKER, None, True
    return None


def _no_promise(clause: Clause, verb: str) -> bool:
    """`Ich frage mich`, `ich schreibe mir auf`, `ich schreibe gern`: nobody else is promised anything."""
    fond = not {"gern", "gerne"}.isdisjoint(clause.low) and {"dir", "euch", "ihnen", "das"}.isdisjoint(
        clause.low
    )
    return (
        fond
        or ("mir" in clause.low and verb not in TALK)
        or (verb in {"fragen", "erinnern"} and "mich" in clause.low)
    )
