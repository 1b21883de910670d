"""The description of the API is complete, and needs no server to be made."""

import json
import re
from functools import cache

from gateway import openapi
from scribeline.contracts.codes import Code

document = cache(openapi.document)


def test_every_reference_leads_somewhere() -> None:
    text = json.dumps(document())
    assert set(re.findall(r"#/components/schemas/(\w+)", text)) <= set(document()["components"]["schemas"])


def test_every_operation_has_a_name_a_key_and_its_problems() -> None:
    operations = [op for path in document()["paths"].values() for op in path.values()]
    assert len({op["operationId"] for op in operations}) == len(operations) == 8
    for operation in operations:
        assert operation["security"] == [{"HTTPBearer": []}, {"APIKeyHeader": []}]
        assert {"401", "403", "500", "503"} <= set(operation["responses"])
        for status, response in operation["responses"].items():
            assert status < "400" or "application/problem+json" in response["content"]


def test_both_ways_to_send_a_recording_are_described() -> None:
    upload = document()["paths"]["/v1/jobs"]["post"]
    form = upload["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert form["required"] == ["audio"]
    assert form["properties"]["task"]["enum"] == ["transcribe", "translate"]
    assert {"audio/*", "application/octet-stream"} <= set(upload["requestBody"]["content"])
    assert {p["name"] for p in upload["parameters"]} == set(form["properties"]) - {"audio"}
    assert "Location" in upload["responses"]["202"]["headers"]


def test_every_code_is_in_the_schema() -> None:
    assert document()["components"]["schemas"]["Code"]["enum"] == [code.value for code in Code]
