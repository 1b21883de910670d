"""Who is spoken to, and who says that it is them: names, as far as the words around them show."""

import re

from analyzer.words import listed

NAME = r"(?:(?:Herr|Frau|Mr|Mrs|Ms|Dr)\.? (?:Dr\. )?)?[A-ZÄÖÜ][a-zäöüß'-]{1,30}"

NO_NAMES = frozenset(
    listed(
        "i it this that there he she they you we what who which when where why how everyone everybody "
        "someone somebody anyone anybody nobody nothing something everything and but so if then yes no "
        "today tomorrow here now not okay ok well one some most all each the these those time people "
        "christmas monday tuesday wednesday thursday friday saturday sunday january february march april "
        "may june july august september october november december good great right sure fine alright "
        "sorry thanks thank hello hi hey oh um uh yeah yep nope please maybe perhaps actually honestly "
        "anyway also perfect lovely brilliant excellent exactly true agreed done morning afternoon "
        "evening finally first second third lastly next guys folks team sir madam ladies gentlemen of "
        "course indeed hm hmm ha wow sometimes usually however still ja nein gut also dann und aber oder "
        "nun jetzt bitte danke super prima perfekt klar genau richtig stimmt schön wunderbar leider hallo "
        "tja na ach moment alles sehr toll fein ehrlich heute morgen gestern vielleicht natürlich "
        "übrigens erstens zweitens leute zusammen kollegen damen herren team ähm äh hm einverstanden "
        "verstanden okay sorry verdient mach punkt gern gerne nee doch kein wie was wer wann wo ich du er "
        "sie es wir ihr man das der die den dem einen eine ein so noch mal bis am im"
    )
)
"""Capitalised words that stand where names stand."""

FIRST = re.compile(rf"^(?:(?:[A-ZÄÖÜ]?[a-zäöü]+),? ){{0,2}}?({NAME}), ")
INNER = re.compile(rf", ({NAME}), ")
LAST = re.compile(rf", ({NAME})[.?!]?$")
ALONE = re.compile(rf"^(?:\w+, )?({NAME})\?$")
HERE = re.compile(
    rf"\b({NAME}) (?:here|speaking|hier)\b|\b(?:this is|hier ist|hier spricht|sagt|ich bin's,) ({NAME})\b"
)


def is_name(word: str) -> bool:
    return word[:1].isupper() and word.lower() not in NO_NAMES


def spoken_to(text: str) -> str | None:
    """The one whom a sentence calls by name: `Anna, can you`, `could you, Anna`, `Marcus?`."""
    for pattern in (FIRST, LAST, ALONE, INNER):
        found = pattern.search(text)
        if found and is_name(found[1].split()[-1]):
            return found[1]
    return None


def says_who(text: str) -> str | None:
    """The speaker, who tells it: `Tom here`."""
    found = HERE.search(text)
    name = found and (found[1] or found[2])
    return name if name and is_name(name) else None
