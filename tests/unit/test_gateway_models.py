"""The list of models, in OpenAI's shape."""

from gateway.auth import Scope
from tests.support.gateway import desk


async def test_the_models_that_a_job_may_name_are_listed_the_default_one_first() -> None:
    at = desk(default_model="small", models_allowed="tiny.en, base,distil-large-v3")
    async with at.client(at.key()) as client:
        listed = (await client.get("/v1/models")).json()
        one = (await client.get("/v1/models/tiny.en")).json()
        missing = await client.get("/v1/models/huge")
    assert listed["object"] == "list"
    assert [(m["id"], m["default"], m["languages"]) for m in listed["data"]] == [
        ("small", True, None),
        ("base", False, None),
        ("distil-large-v3", False, None),
        ("tiny.en", False, ["en"]),
        ("whisper-1", False, None),
    ]
    assert one == {
        "id": "tiny.en", "object": "model", "created": 0, "owned_by": "scribeline", "default": False,
        "languages": ["en"],
    }  # fmt: skip
    assert one in listed["data"]
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")


async def test_openais_name_for_whisper_is_the_default_model() -> None:
    at = desk(default_model="tiny.en", models_allowed="base")
    async with at.client(at.key()) as client:
        shown = (await client.get("/v1/models/whisper-1")).json()
        answer = await client.post("/v1/jobs", files={"audio": ("a.wav", b"x")}, data={"model": "whisper-1"})
    assert (shown["id"], shown["languages"]) == ("whisper-1", ["en"])
    assert answer.status_code == 202, answer.text
    assert at.records.created[0].options.model is None


async def test_models_are_for_keys_that_may_read() -> None:
    at = desk()
    async with at.client(at.key(scopes=[Scope.JOBS_WRITE])) as client:
        assert [(await client.get(p)).status_code for p in ("/v1/models", "/v1/models/base")] == [403, 403]
