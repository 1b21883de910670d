"""What the rules for German clauses share: who stands beside a verb, and whether its words are a task."""

import re

from analyzer.commitments.german_clauses import FILLERS, Clause
from analyzer.commitments.german_verbs import LIGHT, NEVER, TALK, TASKS
from analyzer.commitments.people import is_name
from analyzer.commitments.promises import Who
from analyzer.grammar import common
from analyzer.words import listed

Found = tuple[int, Who, str | None, bool]
"""Word at which the task begins; who; their name; whether a day must be named."""
SKIPPED = FILLERS | frozenset(listed("mal mir uns sich auch"))
SUBJECTS = frozenset(listed("ich wir du ihr sie jemand einer bitte mal doch"))
PARTICLE = re.compile(
    r"^(?:ab|an|auf|aus|bei|dran|durch|ein|fertig|fest|frei|heraus|hoch|los|mit|nach|raus|rein|rum|runter|um|vor|"
    r"vorbei|weg|weiter|zurück|zusammen|zu)(?:zu)?(?=\w{4})"
)
"""Begins a verb of two parts: these are mostly things done, not states."""
APART = frozenset(listed("bescheid fertig drum darum verbindung"))
"""Words that make a task of a verb as its particle does."""
RECIPIENT = frozenset(listed("dir euch ihnen dich"))
CUES = RECIPIENT | frozenset(listed("nochmal drum dafür morgen nachher später"))
"""What tells a promise from what somebody does anyway: the present tense says both."""
VAGUE = frozenset(listed("ein eine einen"))
FINITE = frozenset({"VV(FIN)", "VV(IMP)"})


def beside(clause: Clause, at: int, *, exact: bool = False) -> tuple[str, ...]:
    """The words next to one; in small letters unless `exact`, which tells `Sie` from `sie`."""
    words = tuple(word.text for word in clause.words) if exact else clause.low
    return (*words[max(0, at - 1) : at], *words[at + 1 : at + 2])


def finite(clause: Clause, at: int) -> str | None:
    """The infinitive of the full verb that is finite at `at`, with its particle; None when there is none."""
    word, following = clause.words[at], clause.words[at + 1 :]
    lemma = word.lemma if word.tag in FINITE else _mistaken(clause, at)
    if lemma is None or not _present(word.low, lemma):
        return None
    if lemma == "lassen":
        lemma = next((each.lemma for each in following if each.tag == "VV(INF)"), lemma)
    if (
        lemma == "denken"
        and not {"an", "daran", "dran"}.isdisjoint(clause.low)
        and ("bitte" in clause.low or not VAGUE & set(clause.low))
    ):
        return "drandenken"
    particle = next((each.lemma for each in following if each.tag == "PTKVZ"), "")
    return f"{particle}{lemma}"


def _present(form: str, infinitive: str) -> bool:
    """Whether a finite form is no preterite, as far as its ending tells; an imperative is none either."""
    own = form in {infinitive, infinitive[:-1], infinitive[:-2]} or form.endswith(("t", "le", "re"))
    return own or not (form.endswith(("te", "ten", "test")) or len(form) > len(infinitive) - 2)


def _mistaken(clause: Clause, at: int) -> str | None:
    """`Ruf bitte an`, `mailen Sie`: what the tagger takes for a noun is a verb."""
    low = clause.low[at]
    if clause.tag(at) == "ADV" or not (at == clause.opening or "ich" in beside(clause, at)):
        return None
    return next((verb for verb in (low, f"{low}n", f"{low}en") if verb in TASKS | LIGHT), None)


def weight(clause: Clause, verb: str, *, asked: bool = False) -> bool | None:
    """Whether a verb needs a day to be a task; None when it is none.

    One with a particle is mostly something done: enough where somebody is `asked` for it, but stories are
    told in the present too.
    """
    base, apart = PARTICLE.sub("", verb, count=1), not APART.isdisjoint(clause.low)
    if verb in NEVER and not apart:
        return None
    with_whom = base in {"reden", "sprechen"} and "mit" in clause.low
    if verb in TALK and not (with_whom or apart):
        return True
    done = (asked and base != verb and base not in NEVER) or verb == "drandenken"
    handed = base in LIGHT and verb.startswith(("mit", "weiter", "zurück", "vorbei"))
    return not (apart or with_whom or done or handed or {verb, base} & TASKS)


def infinitive(clause: Clause) -> tuple[str, bool] | None:
    """The infinitive of a clause with a modal verb, and whether it is a task by itself; None when it is no
    task at all."""
    verbs = [w.lemma for w in clause.words if w.tag in {"VV(INF)", "VV(IZU)"} or w.low in TASKS]
    if PARTICLE.sub("", clause.low[-1]) in TASKS:
        verbs.append(clause.low[-1])
    verb = next((each for each in reversed(verbs) if each != "lassen"), None)
    if verb is None or (verb in NEVER - {"finden"} and APART.isdisjoint(clause.low)):
        return None
    base = PARTICLE.sub("", verb, count=1)
    with_whom = base in {"reden", "sprechen", "besprechen"} and "mit" in clause.low
    known = base in TASKS or (base != verb and base not in NEVER) or not APART.isdisjoint(clause.low)
    return verb, with_whom or (known and verb not in TALK)


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
    phrase = clause.words[start : min(end, start + 3)]
    words = [word.text for word in phrase]
    titles = {"der", "die", "herr", "frau", "doktor", "meine", "mein", "unser", "unsere", "ein", "eine"}
    if len(words) > 1 and words[0].lower() in titles and words[1][:1].isupper():
        article = (
            words[0]
            if words[0][:1].isupper() and words[0] in {"Herr", "Frau", "Doktor"}
            else words[0].lower()
        )
        more = words[1:3] if words[1] in {"Doktor", "Dr", "Professor"} else words[1:2]
        return " ".join([article, *more])
    named = words and is_name(words[0]) and (phrase[0].tag == "NE" or not common(words[0], "de"))
    if named and (start > 0 or end - start <= 1 or words[1:2] == ["und"]):
        return words[0]
    return None
