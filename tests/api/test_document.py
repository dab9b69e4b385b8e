"""The OpenAPI document: valid, and whole."""

import json
import re
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
from flask import Flask

from app.kernel.problems import Problem
from app.web.http import DECLARED

METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture
def document(app: Flask) -> dict[str, Any]:
    """The document, as a caller gets it."""
    answer = app.test_client().get("/api/v1/openapi.json")
    assert answer.content_type == "application/json"
    return dict(answer.get_json())


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield path, method and operation."""
    for path, item in document["paths"].items():
        for method in METHODS & set(item):
            yield path, method, item[method]


def resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """Return what a reference stands for."""
    name = schema.get("$ref", "").removeprefix("#/components/schemas/")
    return dict(document["components"]["schemas"][name]) if name else schema


def test_it_is_valid_openapi_3_1(document):
    schemathesis.openapi.from_dict(document).validate()

    assert document["openapi"].startswith("3.1")
    assert document["servers"] == [{"url": "http://127.0.0.1:8000"}]
    for schema in document["components"]["schemas"].values():
        jsonschema_rs.meta.validate(
            {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
        )


def test_an_invalid_document_would_be_seen(document):
    del document["info"]["version"]

    with pytest.raises(jsonschema_rs.ValidationError):
        schemathesis.openapi.from_dict(document).validate()


def test_every_route_under_the_api_is_in_it(app: Flask, document):
    routes = {
        (re.sub(r"<(?:[^:<>]+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1/") and rule.endpoint != "api-docs.openapi_json"
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }

    assert {(path, method) for path, method, _ in operations(document)} == routes
    assert len(routes) == len(DECLARED)


def test_every_operation_is_told_whole(document):
    tags = {tag["name"] for tag in document["tags"]}
    schemes = set(document["components"]["securitySchemes"])
    ids = []
    for path, _method, operation in operations(document):
        ids.append(operation["operationId"])
        assert operation["summary"]
        assert set(operation["tags"]) <= tags
        named = {name for way in operation["security"] for name in way}
        assert {"token", "session"} <= named <= schemes
        asked = {one["name"] for one in operation["parameters"] if one["in"] == "path"}
        assert asked == set(re.findall(r"{(\w+)}", path))
        good = [status for status in operation["responses"] if status < "300"]
        assert len(good) == 1
        assert good == ["204"] or operation["responses"][good[0]]["content"]

    assert len(ids) == len(set(ids))


def test_every_operation_tells_what_may_be_asked_in_its_query(document):
    by_id = {operation["operationId"]: operation for _, _, operation in operations(document)}
    for route in DECLARED.values():
        told = {
            one["name"]: one["schema"]
            for one in by_id[route.name]["parameters"]
            if one["in"] == "query"
        }
        assert set(told) == set(route.query().fields if route.query else ()), route.name
        for name, schema in told.items():
            # Generated clients send defaults; null cannot be sent.
            validator = jsonschema_rs.validator_for(schema)
            assert not validator.is_valid(None), (route.name, name)
            assert "default" not in schema or validator.is_valid(schema["default"]), name


def test_names_are_short_enough_to_be_those_of_files(document):
    longest = max(document["components"]["schemas"], key=len)

    assert len(longest) < 80, longest


def test_every_refusal_lists_its_codes_each_with_an_example(document):
    for path, method, operation in operations(document):
        for status, answer in operation["responses"].items():
            if status < "300":
                continue
            assert set(answer["content"]) == {"application/problem+json"}, (path, method, status)
            told = answer["content"]["application/problem+json"]
            codes = resolved(document, told["schema"])["properties"]["code"]["enum"]
            assert set(told["examples"]) == set(codes), (path, method, status)
            validator = jsonschema_rs.validator_for(
                {**told["schema"], "components": document["components"]}
            )
            for code, example in told["examples"].items():
                assert example["value"]["code"] == code
                assert example["value"]["status"] == int(status)
                validator.validate(example["value"])


def test_every_operation_lists_what_its_route_declares(document):
    by_id = {operation["operationId"]: operation for _, _, operation in operations(document)}
    for route in DECLARED.values():
        listed: set[str] = set()
        for answer in by_id[route.name]["responses"].values():
            problem = answer.get("content", {}).get("application/problem+json")
            if problem:
                listed |= set(problem["examples"])
        declared: set[type[Problem]] = set(route.faults)
        assert listed == {one.code for one in declared} | {"unexpected"}


def test_every_text_that_is_taken_has_an_end(document):
    endless = []
    for name, schema in document["components"]["schemas"].items():
        if not name.endswith(("In", "Patch")):
            continue
        for field, told in schema["properties"].items():
            for one in (told, told.get("items", {})):
                if "string" in one.get("type", "") and not {"maxLength", "pattern", "enum"} & set(
                    one
                ):
                    endless.append(f"{name}.{field}")
                if "array" in one.get("type", "") and "maxItems" not in one:
                    endless.append(f"{name}.{field}")

    assert endless == []


def test_what_we_answer_is_always_whole(document):
    for name, schema in document["components"]["schemas"].items():
        if name.endswith("Out") and name not in {"FoundOut", "FieldErrorOut"}:
            assert set(schema["required"]) == set(schema["properties"]), name
            assert "additionalProperties" not in schema
    assert json.dumps(document).count("DEFAULT_ERROR") == 0
