"""The forms in which English names days and stretches of days.

Where two begin at the same place, the one that stands first is taken: longer ones stand first.

Whoever names a day with a word that is also something else (may, march, second) shows by the words around it
that a day is meant; so those forms ask for these words.
"""

from analyzer.dates.forms import COUNT, DOTTED, ISO, MONTH, SLASHED, WEEKDAY, YEAR, Form, any_of
from analyzer.dates.words import ENGLISH_ORDINALS

MONTHS_ONLY = r"(?:january|february|july|september|october|november|december)"
"""Those that are no other words and no first names."""
PART = r"(?:(?:,? in the)? (?:morning|afternoon|evening|night|noon|lunchtime))?"
HOUR = r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
CLOCK = (
    r"(?P<clock>,? (?:at |around |by |from )?"
    r"(?:\d{1,2}(?::\d{2})? ?[ap]\.?m\b|noon\b|midnight\b|\d{1,2} o'clock)"
    rf"|,? at (?:\d{{1,2}}(?::\d{{2}}|(?! ?[%\d]))|(?:half past |quarter to |quarter past )?{HOUR}\b))?"
)
WHICH = r"(?P<which>next|this coming|this|last|this past|coming|past)"
DAY = rf"(?P<day>\d{{1,2}}(?:st|nd|rd|th)|{any_of(ENGLISH_ORDINALS)})"
LATER_DAY = (
    rf"(?P<day>\d{{1,2}}(?:st|nd|rd|th)|{any_of(w for w, day in ENGLISH_ORDINALS.items() if day > 3)})"
)
"""`on the second` names no day of a month by itself."""
LEAD = r"(?:(?:this|next|last) )?" + WEEKDAY + r",? (?:the )?"
SPAN = r"(?:days?|weeks?|months?|years?)"
SEASON = r"(?:spring|summer|autumn|winter)"
AFTER_IN = (
    r"(?:(?<=\bin )|(?<=\bby )|(?<=\buntil )|(?<=\btill )|(?<=\bsince )|(?<=\bfrom )|(?<=\bbefore )"
    r"|(?<=\bafter )|(?<=\bof )|(?<=\bback to )|(?<=\bduring )|(?<=\bearly )|(?<=\blate )|(?<=\baround )"
    r"|(?<=\babout )|(?<=\bthrough )|(?<=\bsay, )|(?<=\blate as )|(?<=\bto ))"
)
BEFORE_DAY = (
    r"(?:(?<=\bon )|(?<=\bby )|(?<=\buntil )|(?<=\btill )|(?<=\bsince )|(?<=\bfrom )|(?<=\bbefore )"
    r"|(?<=\bafter )|(?<=\bthat's )|(?<=\bthan )|(?<=\bor ))"
)
NO_NOUN = (
    r"(?= (?:at|and|to|we|i|so|because|or|if|but|for|then|in|on|is|was|works|would|will|of this month)\b"
    r"|[.,;?!]|$)"
)
"""`on the 3rd floor` names no day."""
FORMS = (
    ISO,
    DOTTED,
    SLASHED,
    Form(
        "month_day",
        rf"(?:{LEAD})?(?:the )?(?P<day>\d{{1,2}}(?:st|nd|rd|th)?(?: of)?|(?:{any_of(ENGLISH_ORDINALS)}) of) "
        rf"(?P<month>{MONTH})\b\.?(?:,? (?P<year>{YEAR}))?{CLOCK}",
    ),
    Form(
        "month_day",
        rf"(?:{LEAD})?(?P<month>{MONTH})\.? (?:the )?(?P<day>\d{{1,2}}(?:st|nd|rd|th)?|"
        rf"{any_of(ENGLISH_ORDINALS)})\b(?!:)(?:,? (?P<year>{YEAR}))?{CLOCK}",
    ),
    Form("day_of_month", rf"(?:(?:this|next|last) )?{WEEKDAY},? the {DAY}\b{CLOCK}"),
    Form("nothing", rf"(?:a|one|two|three) weeks? (?:from|on) (?:{WEEKDAY}|tomorrow)"),
    Form("weekday", rf"(?:(?:the )?{WHICH} )?(?<!every )(?<!each )(?P<weekday>{WEEKDAY}){PART}{CLOCK}"),
    Form(
        "near",
        rf"(?P<phrase>(?:the )?day (?:after tomorrow|before yesterday)|(?:tomorrow|yesterday){PART}|tonight"
        rf"|last night|today(?!')){CLOCK}",
    ),
    Form("today", r"this (?:morning|afternoon|evening)|end of (?:the )?(?:business )?day"),
    Form(
        "edge",
        r"(?:the )?(?P<edge>end|beginning|start|middle) of (?:(?P<which>the next|the|this|next|last) )?"
        r"(?P<unit>week|month|quarter|year|semester|term)",
    ),
    Form(
        "edge", rf"(?:the )?(?P<edge>end|beginning|start|middle) of (?P<month>{MONTH})(?: (?P<year>{YEAR}))?"
    ),
    Form("edge", rf"(?P<edge>early|mid|late)[- ](?P<month>{MONTH})(?: (?P<year>{YEAR}))?"),
    Form(
        "nothing",
        rf"(?:the )?(?:first|second|third|last) (?:week|weekend|half|days) (?:of|in) (?:{MONTH}|the year)",
    ),
    Form("month", rf"(?P<month>{MONTH}),? (?:of )?(?P<year>{YEAR})"),
    Form("month", rf"(?P<which>next|this|last) (?P<month>{MONTH})(?! \d)"),
    Form("month", rf"{AFTER_IN}(?P<month>{MONTH})(?! \d)|(?P<bare>{MONTHS_ONLY})"),
    Form("nothing", rf"(?:(?:the )?(?:first|second|third|fourth) quarter|Q[1-4])(?:,? (?:of )?{YEAR})?"),
    Form("week", rf"(?:calendar week|CW|KW) (?P<week>\d{{1,2}})(?: (?:of )?(?P<year>{YEAR}))?"),
    Form("period", r"(?:the )?(?P<which>next|this|last|coming|following|previous) (?P<unit>month|year)"),
    Form(
        "nothing",
        rf"(?:the )?(?:next|this|last|coming|following|previous) (?:week|weekend|quarter|{SEASON})|"
        rf"the week after(?: next)?|(?:at|on|over) the weekend",
    ),
    Form("nothing", rf"(?:in (?:the )?|since (?:the )?){SEASON}"),
    Form("counted_ahead", rf"in (?P<count>{COUNT}) (?P<unit>{SPAN})(?:'s?)?(?: time)?"),
    Form("counted", rf"(?P<count>{COUNT}) (?P<unit>{SPAN}) (?P<ago>ago|from (?:now|today))"),
    Form(
        "nothing",
        rf"in {COUNT} (?:to|or) {COUNT} {SPAN}|in half a year|a year and a half ago|a fortnight ago",
    ),
    Form("nothing", rf"in a fortnight|the week(?:end)? (?:before last|after next)|{COUNT} {WEEKDAY}s ago"),
    Form("nothing", rf"in a (?:couple of|few) {SPAN}|a (?:couple of|few) {SPAN} ago"),
    Form("nothing", rf"{COUNT} {SPAN} (?:later|after that)|the (?:following|next) day"),
    Form("year", rf"{AFTER_IN}(?:the year )?(?P<year>{YEAR})(?![\d.,:%]\d|[ -]?[%€$£])"),
    Form(
        "nothing",
        r"the (?:early |late |mid[- ])?(?:(?:1[1-9]|20)?\d0s|(?:twen|thir|for|fif|six|seven|eigh|nine)ties)",
    ),
    Form(
        "feast",
        r"(?P<phrase>(?:christmas|new year's)(?: (?:eve|day))?|easter(?: (?:sunday|monday))?"
        r"|halloween|thanksgiving)",
    ),
    Form("day_of_month", rf"the (?P<day>\d{{1,2}}(?:st|nd|rd|th)){NO_NOUN}{CLOCK}"),
    Form("year", rf"the year (?P<year>{YEAR})"),
    Form(
        "day_of_month",
        rf"{BEFORE_DAY}the {LATER_DAY}{NO_NOUN}{CLOCK}",
    ),
)
