"""Briefs by name: those that come with the server, as data. A tenant's own ones are rows.

Each schema is small enough that a model of 7B fills it within 2048 tokens. Lists are required and may be
empty, what may be unknown is null: a model that may leave a field out leaves it out.
"""

from dataclasses import dataclass
from typing import Any

QUOTE = 120
"""Characters of a quote: enough to find and to judge, and short enough to be copied without a slip."""

Schema = dict[str, Any]


@dataclass(frozen=True)
class Template:
    name: str
    description: str
    prompt: str
    answer_schema: Schema


def _text(longest: int, description: str | None = None) -> Schema:
    return {"type": "string", "maxLength": longest} | ({"description": description} if description else {})


def _perhaps(longest: int, description: str | None = None) -> Schema:
    return {**_text(longest, description), "type": ["string", "null"]}


def _object(**properties: Schema) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _quoted(most: int, **properties: Schema) -> Schema:
    """A list of things, each with the words of the recording that show it."""
    items = _object(**properties, quote=_text(QUOTE, "Word for word from the transcript."))
    return {"type": "array", "maxItems": most, "items": items}


_ENDING = """
Every quote is copied word for word from the transcript: one short passage that shows what stands beside it.
Report only what was said, in the language that was spoken. An empty list is better than a guess, and null
better than an invention."""

_MEETING = Template(
    name="meeting",
    description="Minutes of a meeting: decisions, who does what until when, and what stayed open.",
    prompt=f"""Take the minutes of this meeting.
summary: what it was about and what came of it, in two or three sentences.
participants: the names of those who took part, as they were spoken; a role where there is no name.
decisions: what was agreed upon, not what was only proposed or talked about.
action_items: what somebody took on, or was asked to do and did not decline. owner: who does it, as named.
due: until when, in the words that were used.
open_questions: what was raised and found no answer.{_ENDING}""",
    answer_schema=_object(
        summary=_text(500),
        participants={"type": "array", "maxItems": 10, "items": _text(40)},
        decisions=_quoted(6, decision=_text(140)),
        action_items=_quoted(10, task=_text(120), owner=_perhaps(40), due=_perhaps(40)),
        open_questions=_quoted(5, question=_text(120)),
    ),
)

_CALL = Template(
    name="call",
    description="A call with a customer: why they called, what came of it, what was promised.",
    prompt=f"""Sum up this call between a customer and somebody who serves them.
summary: the call in two or three sentences.
caller: the customer's name or company, as it was spoken.
reason: why they called. outcome: what came of it.
resolved: true if the matter was settled in the call, false if not, null if it cannot be told.
promises: what one side committed itself to. by: customer or agent. due: until when, in the words used.
complaints: what the customer was dissatisfied with.
sentiment: how the customer felt at the end of the call.
next_step: what has to happen now.{_ENDING}""",
    answer_schema=_object(
        summary=_text(400),
        caller=_perhaps(60),
        reason=_text(160),
        outcome=_perhaps(160),
        resolved={"type": ["boolean", "null"]},
        promises=_quoted(6, promise=_text(140), by={"enum": ["customer", "agent", None]}, due=_perhaps(40)),
        complaints=_quoted(5, complaint=_text(140)),
        sentiment={"enum": ["positive", "neutral", "negative"]},
        next_step=_perhaps(160),
    ),
)

_LECTURE = Template(
    name="lecture",
    description="A lecture or talk: its thesis, the concepts it explains, and questions to learn by.",
    prompt=f"""Write the notes of a good student of this lecture.
topic: what it is about, in a few words.
thesis: the main point it makes, in one or two sentences.
key_concepts: the terms that it explains, in their order. explanation: as the lecture explains them, not as
you know them.
examples: the cases, stories or calculations by which it shows something.
exam_questions: what an examiner could ask about this lecture. answer: as the lecture gives it.{_ENDING}""",
    answer_schema=_object(
        topic=_text(120),
        thesis=_perhaps(300),
        key_concepts=_quoted(8, term=_text(60), explanation=_text(200)),
        examples=_quoted(5, example=_text(140)),
        exam_questions=_quoted(5, question=_text(140), answer=_text(160)),
    ),
)

_INTERVIEW = Template(
    name="interview",
    description="An interview: its questions and answers, themes, and the sentences worth quoting.",
    prompt=f"""Make this interview readable at a glance.
summary: who speaks about what, and the most important of it, in two or three sentences.
interviewee: the name or role of who is asked, as it was spoken.
themes: what it turns about, a few words each.
questions_and_answers: the questions that matter, in their order. answer: what the answer says, in one or two
sentences; null if it was evaded. The quote is from the answer.
notable_quotes: sentences that can stand by themselves. speaker: who says it. meaning: why it is notable.
{_ENDING}""",
    answer_schema=_object(
        summary=_text(400),
        interviewee=_perhaps(60),
        themes={"type": "array", "maxItems": 6, "items": _text(60)},
        questions_and_answers=_quoted(8, question=_text(140), answer=_perhaps(220)),
        notable_quotes=_quoted(5, speaker=_perhaps(40), meaning=_text(100)),
    ),
)

BUILT_IN: dict[str, Template] = {t.name: t for t in (_CALL, _INTERVIEW, _LECTURE, _MEETING)}
