"""What the fake of a language model's server answers: as a diligent model would, out of the prompt alone."""

import json
import re
from typing import Any

TEXT = re.compile(r"<(transcript-[0-9a-f]+)>\n(.*?)\n?</\1>", re.DOTALL)
LINE = re.compile(r"(\d+)\| (?:(channel \d+): )?(.*)")
DAY = re.compile(r"\b(?:today|tomorrow|(?:Mon|Tues|Wednes|Thurs|Fri)day)\b")

Spoken = tuple[int, str]


def text_of(chat: dict[str, Any]) -> str:
    """What stood between the markers of a request."""
    found = TEXT.search(
        "\n".join(message["content"] for message in chat["messages"] if message["role"] == "user")
    )
    return found[2] if found else ""


def answer(chat: dict[str, Any]) -> dict[str, Any]:
    """What the request's `format` asks for, out of the lines of its text."""
    schema = chat["format"]
    lines = [(int(number), words) for number, _, words in LINE.findall(text_of(chat))]
    if "action_items" in schema.get("properties", {}):
        return report(lines, chapters="chapters" in schema["properties"])
    if parts := _documents([words for _, words in lines]):
        return {name: _united([part[name] for part in parts if name in part]) for name in parts[0]}
    if set(schema["properties"]) == {"summary"}:
        return {"summary": _summary(lines)}
    made: dict[str, Any] = _instance(schema, lines)
    return made


def report(lines: list[Spoken], *, chapters: bool = False) -> dict[str, Any]:
    """Tasks are lines with `will`, questions those with a question mark; all quotes stand in the text."""
    first, last = (lines[0], lines[-1]) if lines else ((0, ""), (0, ""))
    made = {
        "summary": _summary(lines),
        "topics": [words.split()[-1].strip(".?!") for _, words in lines if words][:12],
        "action_items": [
            {
                "line": number,
                "quote": words[:200],
                "task": words[:200],
                "owner": words.split()[0],
                "due": None,
            }
            for number, words in lines
            if " will " in words
        ][:20],
        "questions": [
            {"line": number, "quote": words[:200], "text": words[:200]}
            for number, words in lines
            if "?" in words
        ][:20],
        "dates": [
            {"line": number, "quote": words[:200], "text": day[0]}
            for number, words in lines
            if (day := DAY.search(words))
        ][:20],
        "sentiment": {"label": "positive", "score": 0.5, "line": last[0], "quote": last[1][:200]},
    }
    if chapters:
        made["chapters"] = [{"line": first[0], "title": "The beginning", "summary": first[1][:100]}]
    return made


def _summary(lines: list[Spoken]) -> str:
    return "In short: " + " ".join(words for _, words in lines)[:200]


def _documents(texts: list[str]) -> list[dict[str, Any]]:
    """The answers of parts, where the text is made of such."""
    try:
        read = [json.loads(text) for text in texts]
    except ValueError:
        return []
    return read if all(isinstance(one, dict) for one in read) else []


def _united(values: list[Any]) -> Any:
    """Lists one after the other; of anything else the first."""
    if not isinstance(values[0], list):
        return values[0]
    return [item for items in values for item in items]


def _instance(schema: dict[str, Any], lines: list[Spoken], name: str = "") -> Any:
    """What follows the schema: lists have one item a line, texts are the first line's words."""
    number, words = lines[0] if lines else (0, "nothing")
    kind = schema.get("type")
    match kind[0] if isinstance(kind, list) else kind:
        case _ if "enum" in schema:
            return schema["enum"][0]
        case "object":
            return {key: _instance(one, lines, key) for key, one in schema["properties"].items()}
        case "array":
            most = schema.get("maxItems", 20)
            return [_instance(schema["items"], [line]) for line in lines[:most]]
        case "integer" | "number":
            return number if name == "line" else 1
        case "boolean":
            return True
    return words[: schema.get("maxLength", 300)]
