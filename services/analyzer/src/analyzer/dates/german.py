"""The forms in which German names days and stretches of days.

Where two begin at the same place, the one that stands first is taken: longer ones stand first.
"""

from analyzer.dates.forms import COUNT, DOTTED, ISO, MONTH, WEEKDAY, YEAR, Form, any_of
from analyzer.dates.words import GERMAN_ORDINALS

PART = r"(?: ?(?:früh|morgen|vormittag|mittag|nachmittag|abend|nacht))?"
HOUR = r"(?:eins?|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf)"
CLOCK = (
    r"(?P<clock>,? (?:um|gegen|ab) (?:\d{1,2}(?:[:.]\d{2})?(?: uhr(?: \d{1,2})?)?"
    rf"|(?:halb |viertel (?:nach|vor) )?{HOUR}\b(?: uhr(?: (?:fünfzehn|dreißig|fünfundvierzig))?)?))?"
)
ONE = r"(?:nächste|übernächste|kommende|diese|letzte|vorletzte|vergangene|vorige)"
WHICH = rf"(?P<which>{ONE}[nrsm]?)"
DAY = rf"(?P<day>\d{{1,2}}\.|{any_of(GERMAN_ORDINALS)})"
LATER = any_of(word for word, day in GERMAN_ORDINALS.items() if day > 3)
"""`am zweiten` names no day of a month by itself, unless it is written as a noun."""
NOUN = r"(?-i:[A-ZÄÖÜ])"
LEAD = WEEKDAY + r",? (?:der |den |dem )?"
SPAN = r"(?:tag(?:en?)?|wochen?|monat(?:en?)?|jahr(?:en?)?)"
SEASON = r"(?:sommer|herbst|winter|frühjahr|frühling)"
FEAST = r"(?:ostern|pfingsten|weihnachten)"
DECADE = r"(?:zwanzig|dreißig|vierzig|fünfzig|sechzig|siebzig|achtzig|neunzig|\d{1,3}0)ern?"
BEFORE_DAY = r"(?:(?<=\bam )|(?<=\bzum )|(?<=\bvom )|(?<=\bab dem )|(?<=\bbis )|(?<=\bseit dem ))"
NO_GREETING = r"(?<!guten )(?<!am )(?<!jeden )(?<!der )(?<!den )(?<!einen )(?<!schönen )"
FORMS = (
    ISO,
    DOTTED,
    Form("ymd", rf"{BEFORE_DAY}(?P<day>\d{{1,2}})\.(?P<month>\d{{1,2}})\.(?!\d)"),
    Form(
        "month_day",
        rf"(?:{LEAD})?{DAY} (?P<month>{MONTH})\b(?: (?P<year>{YEAR}))?{CLOCK}",
    ),
    Form(
        "day_of_month",
        rf"{WEEKDAY},? (?:der|den|dem) {DAY}(?! {NOUN}){CLOCK}",
    ),
    Form(
        "nothing",
        rf"{WEEKDAY} (?:in (?:einer|zwei|drei) wochen?|in (?:acht|14|vierzehn) tagen|(?:vor|nach) {FEAST})",
    ),
    Form("weekday", rf"(?:{WHICH} )?(?<!jeden )(?P<weekday>{WEEKDAY}){PART}{CLOCK}"),
    Form("near", rf"(?P<phrase>heute|übermorgen|gestern|vorgestern){PART}{CLOCK}"),
    Form(
        "near",
        rf"{NO_GREETING}(?P<phrase>morgen)"
        rf"(?!,|!| zusammen| allerseits)(?: (?:früh|vormittag|mittag|nachmittag|abend))?{CLOCK}",
    ),
    Form(
        "edge",
        rf"(?P<edge>ende|anfang|mitte) (?:(?P<which>der|des|{ONE}[rsn]) )?"
        r"(?P<unit>woche|monats|quartals|jahres|semesters)",
    ),
    Form("edge", rf"(?P<edge>ende|anfang|mitte) (?P<month>{MONTH})(?: (?P<year>{YEAR}))?"),
    Form(
        "edge", r"(?:(?<=bis )|(?<=bis zum )|(?<=am )|(?<=vor ))(?P<unit>monat|quartal|jahre)s?(?P<edge>ende)"
    ),
    Form("nothing", rf"(?:erste|zweite|letzte)[nr]? (?:woche|hälfte|wochenende) (?:im )?{MONTH}"),
    Form("month", rf"(?P<month>{MONTH}) (?P<year>{YEAR})"),
    Form("month", rf"(?:{WHICH} )?(?P<month>{MONTH})(?! \d)"),
    Form(
        "nothing", rf"(?:(?:erste|zweite|dritte|vierte)[nsr]?|[1-4]\.) quartal(?: {YEAR})?|Q[1-4](?: {YEAR})?"
    ),
    Form("week", rf"(?:kw|kalenderwoche) (?P<week>\d{{1,2}})(?: (?P<year>{YEAR}))?"),
    Form("week", r"(?P<week>\d{1,2})\. (?:kw|kalenderwoche)"),
    Form("period", rf"{WHICH} (?P<unit>monats?|jahre?s?)"),
    Form(
        "nothing",
        rf"{WHICH} (?:woche|wochenende|quartal|{SEASON})|(?:am|übers) wochenende",
    ),
    Form(
        "nothing",
        rf"(?:im|seit dem|bis zum|vor dem|nach dem) {SEASON}(?! \d)",
    ),
    Form("counted_ahead", rf"in (?P<count>{COUNT}) (?P<unit>{SPAN})"),
    Form("counted", rf"(?P<ago>vor) (?P<count>{COUNT}) (?P<unit>{SPAN})"),
    Form("nothing", rf"(?:in|vor) {COUNT} (?:bis|oder) {COUNT} {SPAN}"),
    Form("nothing", r"(?:in|vor) (?:einem halben jahr|anderthalb jahren)"),
    Form("nothing", r"(?:in|vor|nach) den (?:oster|pfingst|sommer|herbst|winter|weihnachts|schul)?ferien"),
    Form("nothing", rf"(?:in|vor) (?:ein paar|wenigen|einigen) {SPAN}"),
    Form(
        "nothing",
        rf"{COUNT} {SPAN} (?:später|danach|(?:nach|vor) (?:der|dem) \w{{3,30}})|(?:der|am) tag danach",
    ),
    Form(
        "nothing",
        rf"(?:den |die )?{DECADE}(?: jahren?)?",
    ),
    Form("year", rf"(?:(?:im|ins) jahre? )?(?P<year>{YEAR})(?![\d.,:%-]\d|er\b|[ -]?[%€$£]| {NOUN})"),
    Form(
        "feast",
        r"(?P<phrase>heilig(?:er )?abend|silvester|neujahr|weihnachten|ostern|pfingsten|karfreitag"
        r"|(?:oster|pfingst)(?:sonntag|montag))",
    ),
    Form(
        "day_of_month",
        rf"(?:(?<=am )|(?<=zum )|(?<=vom )|(?<=ab dem ))(?P<day>{LATER}|(?-i:Ersten|Zweiten|Dritten))"
        rf"(?= (?-i:[a-zäöü])|[.,;?!]|$)(?! \w+e[nr]? {NOUN}){CLOCK}",
    ),
    Form(
        "day_of_month",
        rf"{BEFORE_DAY}(?P<day>\d{{1,2}}\.)(?! ?(?:\d|{NOUN}))(?! \w+e[nr]? {NOUN}){CLOCK}",
    ),
)
