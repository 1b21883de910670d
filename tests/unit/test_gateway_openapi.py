"""The description of the API is complete, and needs no server to be made."""

import json
import re
from functools import cache
from pathlib import Path

from jsonschema import Draft202012Validator

from gateway import openapi
from gateway.briefs.schemas import bounded
from gateway.briefs.template_views import EXAMPLE, NewTemplate
from gateway.briefs.templates import BUILT_IN
from gateway.options.fields import parse_options
from gateway.options.json_fields import fields_of
from gateway.options.model import NAMES
from gateway.routes.rules import NewRules
from scribeline.contracts.codes import Code
from tests.support.gateway import settings

document = cache(openapi.document)


def test_every_reference_leads_somewhere() -> None:
    text = json.dumps(document())
    assert set(re.findall(r"#/components/schemas/(\w+)", text)) <= set(document()["components"]["schemas"])


def test_every_operation_has_a_name_a_key_and_its_problems() -> None:
    operations = [op for path in document()["paths"].values() for op in path.values()]
    openais = [op for op in operations if op["tags"] == ["OpenAI"]]
    assert len({op["operationId"] for op in operations}) == len(operations) == 67
    for operation in operations:
        assert operation["security"] == [{"HTTPBearer": []}, {"APIKeyHeader": []}]
        assert {"401", "403", "500", "503"} <= set(operation["responses"])
        for status, response in operation["responses"].items():
            kind = "application/json" if operation in openais else "application/problem+json"
            assert status < "400" or list(response["content"]) == [kind]


def test_openais_forms_are_described() -> None:
    schemas = document()["components"]["schemas"]
    assert schemas["TranscriptionRequest"]["required"] == ["file", "model"]
    assert list(schemas["TranslationRequest"]["properties"]) == [
        "file", "model", "prompt", "response_format", "temperature",
    ]  # fmt: skip


def test_both_ways_to_send_a_recording_are_described() -> None:
    upload = document()["paths"]["/v1/jobs"]["post"]
    form = upload["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert form["required"] == ["audio"]
    assert form["properties"]["task"]["enum"] == ["transcribe", "translate"]
    assert {"audio/*", "application/octet-stream"} <= set(upload["requestBody"]["content"])
    query = {p["name"] for p in upload["parameters"] if p["in"] == "query"}
    assert query == set(form["properties"]) - {"audio"} | {"wait"}
    assert "Location" in upload["responses"]["202"]["headers"]


def test_an_address_with_the_same_options_is_described() -> None:
    upload = document()["paths"]["/v1/jobs"]["post"]
    content = upload["requestBody"]["content"]
    described = content["application/json"]["schema"]
    assert described["oneOf"] == [{"required": ["audio_url"]}, {"required": ["upload_id"]}]
    form = content["multipart/form-data"]["schema"]["properties"]
    assert described["properties"].keys() - {"audio_url", "upload_id"} == form.keys() - {"audio"}
    for name, field in described["properties"].items():
        for example in field.get("examples", []):
            Draft202012Validator({**field}).validate(example)
            if name != "audio_url":
                fields, allowed = fields_of({name: example}, 9999), settings(models_allowed="base")
                assert parse_options(fields, allowed, complete=False), name  # some need another beside them


def test_every_code_is_in_the_schema() -> None:
    assert document()["components"]["schemas"]["Code"]["enum"] == [code.value for code in Code]


PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")


def test_the_page_of_options_names_each_of_them() -> None:
    assert [name for name in sorted(NAMES) if f"`{name}`" not in PAGE] == []
    assert [name for name in BUILT_IN if f"`{name}`" not in PAGE] == []


def test_what_the_page_shows_is_accepted() -> None:
    schema, rules = (json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL))
    assert bounded(schema)["required"] == ["risks"]
    assert NewRules.model_validate(rules).sentiment_negative is not None


def test_what_the_description_shows_is_accepted() -> None:
    fields = document()["paths"]["/v1/jobs"]["post"]["requestBody"]["content"]["multipart/form-data"][
        "schema"
    ]
    allowed = settings(models_allowed="base")
    for name, field in fields["properties"].items():
        for example in field.get("examples", []):
            given = example if isinstance(example, list) else [str(example)]
            assert parse_options([(name, value) for value in given], allowed, complete=False), name
    assert NewTemplate.model_validate(EXAMPLE)
    assert bounded(EXAMPLE["analysis_schema"])
