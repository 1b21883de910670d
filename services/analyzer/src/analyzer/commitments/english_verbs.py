"""English verbs, by what it means that somebody will do them. Data only."""

from analyzer.words import listed

TASKS = frozenset(
    listed(
        "add adjust amend announce apply approve arrange ask assemble assign attach back book "
        "bring build buy call cancel change chase check circulate clarify clean clear collect "
        "compare compile complete confirm contact coordinate copy correct create cut deal decide "
        "define deliver deploy design develop distribute document double-check draft draw drop "
        "edit email ensure escalate estimate evaluate extend fetch figure file fill finalise "
        "finalize find finish fix follow forward gather get hand handle hire implement improve "
        "include inform install interview investigate invite issue launch liaise mail measure "
        "message migrate monitor negotiate notify obtain open order organise organize pass pay "
        "phone pick plan post prepare print process produce propose provide publish push put reach "
        "read rebook recheck record redo refactor refund register release remind remove rename "
        "renew rent reorder repair replace reply report request reschedule reserve resend resolve "
        "respond restart return review revise rewrite ring roll run schedule scan search secure "
        "sell send set share ship sign solve sort speak split start submit summarise summarize "
        "supply switch sync take test text tidy train transfer translate type update upgrade "
        "upload validate verify visit wash water work write"
    )
)
"""What people do for each other: said of anybody, it is likely a task."""

NEVER = frozenset(
    listed(
        "be been have has had see say bet admit guess think know like love want feel hope wonder "
        "mean understand realise realize imagine wait remember forget always never not stop need "
        "believe seem hear sound die win lose become happen stay live regret miss enjoy agree "
        "assume suppose stand sit sleep suffer fall rise grow arise vanish invade conquer end last "
        "cost depend exist belong appear fit manage hold bear excuse no sure right happy able you "
        "we i it the a an that this my your our"
    )
)
"""What is no task, whoever says it; also words that are no verbs."""

TALK = frozenset(
    listed(
        "talk explain describe mention begin continue look cover turn come go repeat introduce let "
        "discuss skip pause keep learn focus return walk elaborate share start try use"
    )
)
"""What a speaker or a hearer does on the spot: a task only where a day to come is named."""

EVEN_SO = frozenset(listed("have come go hear meet stay"))
"""Of these a day makes a task, though they are in NEVER or in TALK: `I'll have a draft by Friday`."""

PEOPLE = listed(
    "colleague manager boss assistant treasurer landlord landlady technician board committee team "
    "office bank supplier secretary director teacher headteacher lawyer solicitor accountant "
    "husband wife sister brother mother father mum dad doctor nurse engineer department driver "
    "electrician plumber builder designer developer editor council partner son daughter client "
    "customer intern chair chairman caretaker neighbour volunteer guy insurance agency company vet"
)
"""Nouns of people, and of groups of them, of whom something can be expected as of somebody with a name."""

REMOTE = listed("organise organize arrange schedule email call phone ring chase sort order book")
"""What nobody does on the spot: after `let me` they are promises."""

HABITS = r"\b(?:every|each|usually|always|normally|often|on \w+days\b)"
"""What is done again and again is not promised."""

SURELY = (
    r"(?:look (?:into|after)|take (?:good )?care of|(?:talk|speak) (?:to|with) (?!you\b)|come up with"
    r"|follow up|agree on|have a (?:word|look|chat) with|get (?:in touch|hold of)|make sure"
    r"|(?:get|come) back to (?:you|him|her|them|us)|let (?:[\w']+ ){1,3}know"
    r"|look (?:(?:it|that|them|this) )?up|have a (?:look|think))\b"
)
"""Tasks of two words and more whose verb alone is none."""

ON_THE_SPOT = (
    r"(?:tell|show|give|ask|remind) (?:you|us|me|everyone|everybody)\b(?! (?:tomorrow|later|by|on|when))"
    r"|give (?:[a-z]+ ){1,3}(?:examples?|advice|idea|overview)\b"
    r"|bring (?:that|it|this|them) up\b|take (?:a look|a seat|a break|questions|a moment|it from)\b"
    r"|put (?:it|that) (?:like|this|another|differently)\b|get (?:started|going|into|to (?:that|it|this))\b"
    r"|do (?:it|that|this|them|so)\b|go (?:ahead|round|around|on|back|over|through)\b"
    r"|check (?:that )?(?:now|right away)\b|read (?:it|that|this|you)(?: out)?\b|let you\b(?! know)"
    r"|leave it (?:at|there)\b"
    r"|start (?:with|by|from|off)\b|call (?:it|this|that)\b|share my screen\b"
    r"|pass (?:it|you|this|that)? ?(?:over|back)? ?to you\b"
    r"|(?:hold|wait|hang|sit|stay|move|come|turn) (?:on|in|down|up|to)\b|\w+ (?:that|it|this) for me\b"
    r"|put (?:you|me) (?:on hold|through)\b|pull up\b|take (?:the|a|some) (?:floor|seat|breath|example)\b"
    r"|close the (?:door|window)\b|speak up\b|shut up\b"
)
"""Of verbs that are tasks otherwise: what is done while speaking, or only repeats what was promised."""
