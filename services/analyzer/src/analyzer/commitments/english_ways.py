"""The ways in which English says that something is to be done, as patterns of tagged words. Data only."""

import re
from dataclasses import dataclass
from enum import Enum, auto

from analyzer.commitments.english_verbs import PEOPLE, REMOTE, TASKS
from analyzer.commitments.phrases import ANY, any_of, compiled, one, word
from analyzer.commitments.promises import Who


class Sure(Enum):
    """What a verb must be for it to count; a day to come makes up for the rest."""

    SAID = auto()
    """Anything: the words around it say all."""
    ANY_VERB = auto()
    """Any that somebody can do for others later: no state, nothing done on the spot."""
    TASK = auto()
    """One of what people do for each other."""
    DAY = auto()
    """Such a one, and a day to come is named."""
    TASK_AND_DAY = auto()


NOMINAL = one(r"DT0|CRD|ORD|AJ.|NN.|NAME|NP0|POS|PRF|AT0|DPS|VVG")
SKIPPED = "please/first/all/both/kindly/maybe/perhaps"
BLOCKING = r"(?!(?:never|always|usually|often|hardly|sometimes|so|once)\|)"
_BASIC = {
    "ADV": rf"(?:(?:{BLOCKING}{one('AV0')}|{word(SKIPPED)}){{0,3}})",
    "VERB": rf"(?P<verb>(?P<same>{ANY})\|(?P=same)\|"
    rf"V(?:V[IBDN]|H[IB]|D[IB]) |(?:{'|'.join(TASKS)})\|{ANY}\|(?:NN.|AJ0|UNC) )",
    "DOING": rf"(?P<verb>(?!going)[^ |]+ing\|{ANY}\|(?:VVG|AJ0|NN1) )",
    "DOES": rf"(?P<verb>{one('VVZ')})",
    "DONE": rf"(?P<verb>{one('VV[ND]|VDN|AJ0')})",
    "NAME": rf"(?P<name>{one('TITLE')}?(?:\.\|\S+ )?{one('NAME')}{{1,2}})",
    "OTHER": rf"(?:{one('NAME')}|i\|i\|PNP )",
    "THING": rf"(?P<task>{one('AT0|DPS|DT0|NN2')}{NOMINAL}{{0,6}})",
    "NOUNS": rf"(?:{NOMINAL}{{1,6}})",
    "HUMAN": rf"(?P<name>{one('DPS|AT0')}(?:(?!{ANY}\|(?:{'|'.join(PEOPLE)})\|){one('AJ0|NN1|NN2')}){{0,2}}"
    rf"{ANY}\|(?:{'|'.join(PEOPLE)})\|{ANY} )",
    "START": rf"(?:(?<=\A )|(?<=PUN )|(?<=so\|AV0 ))(?:(?:{one('CJC|ITJ')}|"
    rf"{word('so/then/now/okay/ok/just/right/well/also/first/next/please/oh/alright/and/yes')}"
    rf"|,\|\S+ ){{0,4}}{one('NAME')}?(?:,\|\S+ )?)",
    "BE-DOING": rf"(?:(?:am|is|are|'m|'s|'re)\|{ANY}\|{ANY} )",
    "WILL": rf"(?:(?:will|'ll|shall)\|{ANY}\|VM0 )",
    "WOULD": rf"(?:(?:will|'ll|'d|would)\|{ANY}\|{ANY} )",
    "LIKE": rf"(?:(?:'d|would)\|{ANY}\|{ANY} )",
    "HAVE-TO": rf"(?:(?:need|needs|have|has|ought)\|{ANY}\|{ANY} )(?:to\|to\|{ANY} )",
    "MODAL": rf"(?:(?:must|should)\|{ANY}\|{ANY} )",
    "ABOUT": any_of(("homework", "assignment", "task", "job", "role", "part", "step", "mission"), {}),
    "WANT": any_of(("'d like", "would like", "need", "want", "'d ask", "'ll need", "'ll ask", "ask"), {}),
    "SOMEONE": any_of(
        ("someone else?", "somebody else?", "one of us", "one of you", "anyone", "anybody"), {}
    ),
    "EVERYONE": any_of(("everyone", "everybody", "all of you", "each of you", "you all"), {}),
    "REMOTE": rf"(?P<verb>(?:{'|'.join(REMOTE)})\|{ANY}\|{ANY} )",
    "OBJECT": one("PNP|AT0|DPS|DT0|CRD|AVP|PRP|NN2|NN1|NAME|AJ0|PNX|PNI"),
}
_BASIC["NEED"] = any_of(("HAVE-TO", "MODAL", "'ve got to", "'d better", "WILL ADV HAVE-TO"), _BASIC)
_BASIC["GOING"] = any_of(("WILL", "BE-DOING ADV going to", "'m gonna", "NEED"), _BASIC)
MACROS = _BASIC


@dataclass(frozen=True)
class Way:
    """One way in which a sentence says what is to be done."""

    pattern: re.Pattern[str]
    """Group `verb` tells whether it is a task, `name` who is to do it; `task` is where its words begin,
    if before the verb."""
    who: Who
    sure: Sure
    asks: bool
    """May stand in a question."""


def _ways(who: Who, sure: Sure, *phrases: str, asks: bool = False) -> tuple[Way, ...]:
    return tuple(Way(compiled(phrase, MACROS), who, sure, asks) for phrase in phrases)


WAYS = (
    *_ways(
        Who.SPEAKER,
        Sure.ANY_VERB,
        "i ADV WILL ADV VERB",
        "i ADV 'm/am ADV going/gonna to? ADV VERB",
        "i ADV NEED ADV VERB",
        "i promise/plan/intend/volunteer/aim to VERB",
        "i LIKE be happy/glad to VERB",
        "i 'm/am happy/glad to VERB",
    ),
    *_ways(
        Who.SPEAKER,
        Sure.TASK_AND_DAY,
        "i can/could ADV VERB",
        "i 'm/am ADV DOING",
    ),
    *_ways(
        Who.SPEAKER,
        Sure.TASK,
        "i can ADV VERB you/that/this/it/them/those/the/of/care",
    ),
    *_ways(Who.SPEAKER, Sure.DAY, "let me ADV VERB"),
    *_ways(
        Who.SPEAKER,
        Sure.ANY_VERB,
        "let me ADV REMOTE",
    ),
    *_ways(
        Who.HEARER,
        Sure.ANY_VERB,
        "can/could/will/would you ADV VERB",
        "LIKE you be able/willing/happy to VERB",
        "LIKE you mind DOING",
        "possible for you to VERB",
        "do you think/reckon you can/could ADV VERB",
        "please ADV VERB",
        "please do not/n't forget to VERB",
        "i WANT you to ADV VERB",
        "if you can/could ADV VERB",
        "remember/forget/sure to VERB",
        "sure that? you ADV VERB",
        "ABOUT for NOUNS be to VERB",
        "ABOUT be to VERB",
        asks=True,
    ),
    *_ways(
        Who.HEARER,
        Sure.TASK,
        "you two/all/both/guys? ADV NEED ADV VERB",
        "START VERB me/us",
    ),
    *_ways(Who.HEARER, Sure.DAY, "START VERB OBJECT"),
    *_ways(Who.NOBODY, Sure.DAY, "you WILL ADV VERB", "he/she/they ADV GOING ADV VERB"),
    *_ways(
        Who.NOBODY,
        Sure.ANY_VERB,
        "can/could/will/would SOMEONE ADV VERB",
        "SOMEONE ADV NEED ADV VERB",
        "need someone/somebody/anyone/anybody to VERB",
        asks=True,
    ),
    *_ways(
        Who.NOBODY,
        Sure.ANY_VERB,
        "we ADV GOING ADV VERB the/our/your",
        "let 's/us ADV VERB the/our/your",
    ),
    *_ways(Who.HEARER, Sure.ANY_VERB, "you two/all/both/guys? ADV NEED ADV VERB your"),
    *_ways(
        Who.NOBODY,
        Sure.TASK,
        "we ADV WILL ADV VERB",
        "we ADV NEED ADV VERB",
        "we ADV 're/are going to ADV VERB",
        "let 's/us ADV VERB",
        "EVERYONE ADV NEED ADV VERB",
    ),
    *_ways(Who.NOBODY, Sure.DAY, "EVERYONE DOES", "THING ADV GOING ADV VERB"),
    *_ways(
        Who.NOBODY,
        Sure.ANY_VERB,
        "THING ADV HAVE-TO be ADV DONE",
        "it/this/that/they/those still also? HAVE-TO be ADV DONE",
        "THING ADV need DOING",
    ),
    *_ways(
        Who.NOBODY,
        Sure.TASK,
        "it/this/that/they/those ADV HAVE-TO be ADV DONE",
        "THING ADV WILL be ADV DONE",
        "THING ADV MODAL be ADV DONE",
    ),
    *_ways(
        Who.NAMED,
        Sure.ANY_VERB,
        "NAME ADV GOING ADV VERB",
        "NAME and OTHER ADV GOING ADV VERB",
        "NAME , you ADV VERB",
        "NAME , your ABOUT be to VERB",
        "for NAME to VERB",
    ),
    *_ways(Who.NAMED, Sure.TASK, "HUMAN ADV GOING ADV VERB"),
    *_ways(
        Who.NAMED,
        Sure.ANY_VERB,
        "NAME have? ADV agreed/offered/promised/volunteered to VERB",
        "NAME said/says that? he/she WOULD VERB",
        "action/to item/do for NAME : VERB",
    ),
    *_ways(
        Who.NAMED,
        Sure.SAID,
        "NAME will? take care of",
        "NAME take over",
        "NAME look after",
        "NAME be ADV responsible/in charge? for/of",
        "leave NOUNS to/with you , NAME",
    ),
    *_ways(Who.HEARER, Sure.SAID, "do n't/not forget OBJECT", "START make sure", "START be sure"),
    *_ways(Who.NOBODY, Sure.DAY, "THING BE-DOING due"),
    *_ways(Who.NAMED, Sure.DAY, "NAME DOES"),
    *_ways(Who.NAMED, Sure.TASK_AND_DAY, "NAME can/could ADV VERB", "NAME BE-DOING ADV DOING"),
)
