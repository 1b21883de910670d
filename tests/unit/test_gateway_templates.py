"""Templates and rules: what a tenant sets for its jobs, and what of it belongs to whom."""

import json
from typing import Any

import pytest
from httpx2 import Response

from gateway.auth import Scope
from gateway.briefs.schemas import bounded
from gateway.briefs.templates import BUILT_IN, Template
from tests.support.gateway import DATABASE_DOWN, Desk, desk

AUDIO = {"audio": ("a.wav", b"not really audio", "audio/wav")}
SCHEMA = {"type": "object", "properties": {"risk": {"type": "string"}}, "required": ["risk"]}
MINE = {"description": "Risks", "prompt": "Which risks?", "analysis_schema": SCHEMA}
RULES = {"action_item_found": {"owners": ["Ann"]}, "sentiment_negative": {"at_most": -0.5}}
NO_RULES = {"action_item_found": None, "sentiment_negative": None}


async def ask(
    at: Desk, method: str, path: str, *, key: dict[str, str] | None = None, **body: Any
) -> Response:
    async with at.client(key or at.key()) as client:
        return await client.request(method, path, **body)


def code_of(answer: Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "") if answer.content else ""


async def test_a_template_is_made_replaced_listed_and_deleted() -> None:
    at = desk()
    made = await ask(at, "PUT", "/v1/templates/risks", json=MINE)
    again = await ask(at, "PUT", "/v1/templates/risks", json={"prompt": " Which ones? "})
    read = (await ask(at, "GET", "/v1/templates/risks")).json()
    listed = (await ask(at, "GET", "/v1/templates")).json()["templates"]
    gone = [(await ask(at, "DELETE", "/v1/templates/risks")).status_code for _ in range(2)]

    assert made.status_code == 200, made.text
    assert {name: made.json()[name] for name in MINE} == MINE
    assert again.json() == read
    assert (read["prompt"], read["analysis_schema"], read["description"]) == ("Which ones?", None, "")
    assert (read["built_in"], read["created_at"]) == (False, made.json()["created_at"])
    assert [(t["name"], t["built_in"]) for t in listed] == [
        ("call", True), ("interview", True), ("lecture", True), ("meeting", True), ("risks", False)
    ]  # fmt: skip
    assert gone == [204, 404]


@pytest.mark.parametrize("name", BUILT_IN)
async def test_what_is_built_in_can_be_read_and_not_changed(name: str) -> None:
    at = desk()
    read = (await ask(at, "GET", f"/v1/templates/{name}")).json()
    put = await ask(at, "PUT", f"/v1/templates/{name}", json=MINE)
    deleted = await ask(at, "DELETE", f"/v1/templates/{name}")
    assert (read["built_in"], read["created_at"]) == (True, None)
    assert read["prompt"]
    assert read["analysis_schema"]
    assert code_of(put) == code_of(deleted) == (409, "template_built_in")


@pytest.mark.parametrize("name", BUILT_IN)
async def test_a_job_takes_a_built_in_template_by_its_name(name: str) -> None:
    at = desk()
    answer = await ask(at, "POST", "/v1/jobs", files=AUDIO, data={"analysis_template": name})
    assert answer.status_code == 202, answer.text
    [new] = at.records.created
    assert new.brief is not None
    assert (new.brief.template, new.brief.prompt) == (name, BUILT_IN[name].prompt)
    assert new.brief.answer_schema == bounded(BUILT_IN[name].answer_schema)


async def test_a_job_keeps_a_template_as_it_was_and_its_schema_gets_bounds() -> None:
    at = desk()
    await ask(at, "PUT", "/v1/templates/risks", json=MINE)
    await ask(at, "POST", "/v1/jobs", files=AUDIO, data={"analysis_template": "risks"})
    await ask(at, "DELETE", "/v1/templates/risks")
    [new] = at.records.created
    assert new.brief is not None
    assert (new.brief.template, new.brief.prompt) == ("risks", "Which risks?")
    assert new.brief.answer_schema == bounded(SCHEMA) != SCHEMA


async def test_a_template_that_is_not_there_is_told_before_the_recording_is_stored() -> None:
    at = desk()
    at.store.down = True  # nobody gets so far
    form = await ask(at, "POST", "/v1/jobs", data={"analysis_template": "risks"}, files=AUDIO)
    raw = await ask(
        at,
        "POST",
        "/v1/jobs?analysis_template=risks",
        content=b"audio",
        headers={"content-type": "audio/wav"},
    )
    for answer in (form, raw):
        assert code_of(answer) == (422, "invalid_parameter")
        assert answer.json()["errors"][0]["field"] == "analysis_template"


async def test_a_template_named_after_the_recording_counts_and_one_that_is_missing_leaves_nothing() -> None:
    at = desk()
    parts = [
        b'--B\r\nContent-Disposition: form-data; name="audio"; filename="a"\r\n\r\nxyz\r\n',
        b'--B\r\nContent-Disposition: form-data; name="analysis_template"\r\n\r\n%s\r\n--B--\r\n',
    ]
    headers = {"content-type": "multipart/form-data; boundary=B"}
    missing, found = [
        await ask(at, "POST", "/v1/jobs", content=parts[0] + parts[1] % name, headers=headers)
        for name in (b"risks", b"call")
    ]
    assert code_of(missing) == (422, "invalid_parameter")
    assert found.status_code == 202
    assert len(at.store.objects) == 1


async def test_others_templates_and_rules_are_not_there() -> None:
    at = desk()
    theirs = at.key("sl_other", tenant="other")
    await ask(at, "PUT", "/v1/templates/risks", json=MINE)
    await ask(at, "PUT", "/v1/rules", json=RULES)
    read = await ask(at, "GET", "/v1/templates/risks", key=theirs)
    deleted = await ask(at, "DELETE", "/v1/templates/risks", key=theirs)
    taken = await ask(at, "POST", "/v1/jobs", key=theirs, files=AUDIO, data={"analysis_template": "risks"})
    listed = (await ask(at, "GET", "/v1/templates", key=theirs)).json()["templates"]
    rules = (await ask(at, "GET", "/v1/rules", key=theirs)).json()
    assert code_of(read) == code_of(deleted) == (404, "not_found")
    assert code_of(taken) == (422, "invalid_parameter")
    assert all(template["built_in"] for template in listed)
    assert rules == NO_RULES
    assert (await ask(at, "GET", "/v1/templates/risks")).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"), [("PUT", "/v1/templates/x"), ("DELETE", "/v1/templates/x"), ("PUT", "/v1/rules")]
)
async def test_only_a_key_for_the_whole_tenant_that_may_write_changes_what_all_share(
    method: str, path: str
) -> None:
    at = desk()
    both = [Scope.JOBS_WRITE, Scope.JOBS_READ]
    keys = {
        "reader": at.key("sl_reader", scopes=[Scope.JOBS_READ]),
        "user": at.key("sl_user", scopes=both, owner="ann"),
        "acting": {**at.key("sl_acting", scopes=[*both, Scope.ACT_AS]), "X-Scribeline-Owner": "ann"},
    }
    answers = {who: code_of(await ask(at, method, path, key=key, json=MINE)) for who, key in keys.items()}
    assert answers == dict.fromkeys(keys, (403, "forbidden"))
    assert (at.records.template_rows, at.records.rules_of) == ({}, {})


async def test_a_user_of_the_tenant_reads_and_takes_its_templates() -> None:
    at = desk()
    await ask(at, "PUT", "/v1/templates/risks", json=MINE)
    user = at.key("sl_user", owner="ann")
    read = await ask(at, "GET", "/v1/templates/risks", key=user)
    taken = await ask(at, "POST", "/v1/jobs", key=user, files=AUDIO, data={"analysis_template": "risks"})
    assert (read.status_code, taken.status_code) == (200, 202)


async def test_a_tenant_has_so_many_templates_and_may_still_replace_them() -> None:
    at = desk(templates_max=2)
    answers = [await ask(at, "PUT", f"/v1/templates/{name}", json=MINE) for name in ("a", "b", "c", "a")]
    other = await ask(at, "PUT", "/v1/templates/c", key=at.key("sl_other", tenant="other"), json=MINE)
    assert [answer.status_code for answer in answers] == [200, 200, 409, 200]
    assert answers[2].json()["code"] == "too_many_templates"
    assert other.status_code == 200


WRONG_TEMPLATES: dict[str, tuple[Any, str, str]] = {
    "nothing asked": ({}, "", "needs a prompt, an analysis_schema, or both"),
    "a blank question": ({"prompt": " "}, "", "needs a prompt"),
    "a long question": ({"prompt": "x" * 4001}, "prompt", "longer than 4000"),
    "a number for a question": ({"prompt": 3}, "prompt", "must be a text"),
    "a long description": ({"prompt": "x", "description": "x" * 501}, "description", "longer than 500"),
    "an unknown field": ({"prompt": "x", "colour": 1}, "colour", "unknown option"),
    "a schema as a text": ({"analysis_schema": "{}"}, "analysis_schema", "must be a JSON object"),
    "a list": ([1], "body", "not a JSON object"),
}


@pytest.mark.parametrize("wrong", WRONG_TEMPLATES)
async def test_a_template_that_makes_no_sense_is_refused(wrong: str) -> None:
    body, field, told = WRONG_TEMPLATES[wrong]
    at = desk()
    answer = await ask(at, "PUT", "/v1/templates/x", json=body)
    assert code_of(answer) == (422, "invalid_parameter"), answer.text
    [error] = answer.json()["errors"]
    assert error["field"] == field
    assert told in error["message"]
    assert at.records.template_rows == {}


async def test_a_schema_is_checked_when_its_template_is_made() -> None:
    at = desk()
    schema = {"type": "object", "properties": {"a": {"type": "string", "pattern": "x"}}}
    answer = await ask(at, "PUT", "/v1/templates/x", json={"analysis_schema": schema})
    assert code_of(answer) == (422, "analysis_schema_invalid")
    assert "/properties/a: the keyword 'pattern'" in answer.json()["detail"]
    assert at.records.template_rows == {}


@pytest.mark.parametrize("name", ["Risks", "a" * 65, "a_b", "%00", "ä", "a%2Fb"])
async def test_a_name_that_is_none_is_refused_and_never_found(name: str) -> None:
    at = desk()
    put = await ask(at, "PUT", f"/v1/templates/{name}", json=MINE)
    read = await ask(at, "GET", f"/v1/templates/{name}")
    deleted = await ask(at, "DELETE", f"/v1/templates/{name}")
    assert put.status_code in (404, 422)
    assert code_of(read)[0] == code_of(deleted)[0] == 404
    assert at.records.template_rows == {}


BROKEN = {
    "no JSON": (b"{", 422), "no UTF-8": (b"\xff", 422), "NaN": (b'{"prompt": NaN}', 422),
    "a name twice": (b'{"prompt": "a", "prompt": "b"}', 422), "NUL": (b'{"prompt": "\\u0000"}', 422),
    "half a surrogate pair": (b'{"prompt": "\\ud800"}', 422), "deep": (b"[" * 9000, 422),
    "nothing": (b"", 422), "too large": (b" " * 70_000, 413),
}  # fmt: skip


@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize("path", ["/v1/templates/x", "/v1/rules"])
async def test_a_body_that_cannot_be_read_is_told_as_such(path: str, broken: str) -> None:
    content, status = BROKEN[broken]
    at = desk()
    answer = await ask(at, "PUT", path, content=content)
    assert answer.status_code == status, answer.text
    assert (at.records.template_rows, at.records.rules_of) == ({}, {})


async def test_without_a_key_a_body_is_not_even_read() -> None:
    at = desk()
    for path in ("/v1/templates/x", "/v1/rules"):
        answer = await ask(at, "PUT", path, key={"X-API-Key": "sl_none"}, content=b"{")
        assert code_of(answer) == (401, "unauthenticated")


async def test_rules_are_replaced_as_a_whole() -> None:
    at = desk()
    before = (await ask(at, "GET", "/v1/rules")).json()
    put = (await ask(at, "PUT", "/v1/rules", json=RULES)).json()
    read = (await ask(at, "GET", "/v1/rules")).json()
    half = (await ask(at, "PUT", "/v1/rules", json={"sentiment_negative": {}})).json()
    none = (await ask(at, "PUT", "/v1/rules", json={})).json()
    assert (before, put, read, none) == (NO_RULES, RULES, RULES, NO_RULES)
    assert half == {"action_item_found": None, "sentiment_negative": {"at_most": -0.3}}


@pytest.mark.parametrize(
    ("wrong", "field", "told"),
    [
        ({"action_item": {}}, "action_item", "unknown option"),
        ({"action_item_found": {"owner": "Ann"}}, "action_item_found.owner", "unknown option"),
        ({"action_item_found": True}, "action_item_found", "must be a JSON object"),
        ({"action_item_found": {"owners": "Ann"}}, "action_item_found.owners", "must be a list"),
        ({"action_item_found": {"owners": [" "]}}, "action_item_found.owners.0", "shorter than 1"),
        ({"action_item_found": {"owners": ["x"] * 51}}, "action_item_found.owners", "more than 50"),
        ({"sentiment_negative": {"at_most": 0.1}}, "sentiment_negative.at_most", "must be at most 0"),
        ({"sentiment_negative": {"at_most": "low"}}, "sentiment_negative.at_most", "must be a number"),
    ],
)
async def test_rules_that_make_no_sense_are_refused(wrong: Any, field: str, told: str) -> None:
    at = desk()
    answer = await ask(at, "PUT", "/v1/rules", json=wrong)
    assert code_of(answer) == (422, "invalid_parameter")
    assert [(error["field"], told in error["message"]) for error in answer.json()["errors"]] == [
        (field, True)
    ]
    assert at.records.rules_of == {}


async def test_without_a_database_templates_and_rules_are_a_503() -> None:
    at = desk()
    key = at.key()
    ring_knows = desk(key_cache_seconds=60)
    ring_knows.records.key_rows = at.records.key_rows
    await ask(ring_knows, "GET", "/v1/rules", key=key)
    ring_knows.records.failure = DATABASE_DOWN
    for method, path in (("GET", "/v1/templates"), ("PUT", "/v1/templates/x"), ("GET", "/v1/rules")):
        answer = await ask(ring_knows, method, path, key=key, json=MINE)
        assert code_of(answer) == (503, "database_unavailable")


def longest(schema: dict[str, Any]) -> Any:
    """The longest answer that a bounded schema allows."""
    match schema.get("type"):
        case "object":
            return {name: longest(value) for name, value in schema["properties"].items()}
        case "array":
            return [longest(schema["items"])] * schema["maxItems"]
        case "boolean" | ["boolean", "null"]:
            return False
        case None:
            return max(schema["enum"], key=lambda value: len(str(value)))
    return "x" * schema["maxLength"]


@pytest.mark.parametrize("template", BUILT_IN.values(), ids=lambda template: template.name)
def test_a_built_in_template_asks_for_no_more_than_a_small_model_can_answer(template: Template) -> None:
    schema = bounded(template.answer_schema)
    most_tokens, characters_of_a_token = 2048, 4
    assert len(json.dumps(longest(schema))) <= most_tokens * characters_of_a_token
    assert len(template.prompt) <= 4000
    assert all(f"{name}:" in template.prompt for name in schema["properties"])


def lists_of_objects(schema: dict[str, Any]) -> list[dict[str, Any]]:
    found = [value["items"] for value in schema["properties"].values() if value.get("type") == "array"]
    return [items for items in found if items["type"] == "object"]


@pytest.mark.parametrize("template", BUILT_IN.values(), ids=lambda template: template.name)
def test_whatever_a_built_in_template_finds_comes_with_the_words_that_show_it(template: Template) -> None:
    lists = lists_of_objects(template.answer_schema)
    assert lists
    for items in lists:
        assert items["properties"]["quote"]["type"] == "string"
        assert items["required"] == list(items["properties"])
