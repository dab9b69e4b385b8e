"""Bad input, everywhere: every operation, every field, by what the OpenAPI document says of them.

Each test asks all operations; what is wrong is told of all of them at once. An answer is right when
it is a problem with a code that the operation declares for that status, and never a fault of ours.
"""

from typing import Any

import pytest
from flask import Flask

from app.factory import BODY_BYTES_MAX
from app.web.parsing import DEPTH_MAX, VALUES_MAX
from tests.api.wrong import (
    JSON,
    OTHER_TYPES,
    Operation,
    fields,
    odd,
    placed,
    pointer,
    sample,
    send,
    text_of,
    types_of,
    unnamed,
)
from tests.support.people import Person, sign_up_person


@pytest.fixture(scope="module")
def ann(site: Flask) -> Person:
    return sign_up_person(site, "ann", creator=True)


def with_body(document: list[Operation]) -> list[tuple[Operation, dict[str, Any]]]:
    """Return the operations that take a JSON body, and its schema."""
    found = [(one, body) for one in document if (body := one.body())]
    assert len(found) >= 20
    return found


def test_what_is_no_json_cannot_be_read(ann: Person, document: list[Operation]) -> None:
    texts = [
        b"", b"{", b'{"a": 1', b"not json", b"{'a': 1}", b'{"a": 1,}', b"NaN", b'{"a": Infinity}',
        b'{"a": 1}{', b'"\x00"', b"[" * 100_000, b'{"a":' * DEPTH_MAX + b"1" + b"}" * DEPTH_MAX,
        b'{"a": ' + b"9" * 5_000 + b"}",
    ]  # fmt: skip
    sent = [
        (one, text, send(ann, one, data=text, content_type=JSON))
        for one, _ in with_body(document)
        for text in texts
    ]

    assert odd(sent, 400, "unreadable-body") == []


def test_what_is_not_utf_8_cannot_be_read(ann: Person, document: list[Operation]) -> None:
    right = '{"name": "中文"}'
    texts = [
        *(right.encode(name) for name in ("gbk", "big5", "utf-16", "utf-32", "utf-8-sig")),
        b'{"name": "\xff"}',
        b'{"name": "\xed\xa0\x80"}',
        b'{"name": "\xc0\x80"}',
    ]
    sent = [
        (one, text, send(ann, one, data=text, content_type=f"{JSON}; charset=utf-8"))
        for one, _ in with_body(document)
        for text in texts
    ]

    assert odd(sent, 400, "unreadable-body") == []


def test_another_kind_of_body_is_not_taken(ann: Person, document: list[Operation]) -> None:
    kinds = [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/xml",
        "text/json; charset=utf-8",
        "nonsense",
    ]
    sent = [
        (one, kind, send(ann, one, data=text_of(one.right()), content_type=kind))
        for one, _ in with_body(document)
        for kind in kinds
    ]

    assert odd(sent, 415, "wrong-media-type") == []


def test_a_body_that_is_no_object_is_refused(ann: Person, document: list[Operation]) -> None:
    sent = [
        (one, value, send(ann, one, data=text_of(value), content_type=JSON))
        for one, _ in with_body(document)
        for value in (None, [], [{}], "x", 7, True)
    ]

    assert odd(sent, 422, "invalid-input") == []


def test_a_body_that_is_too_long_is_refused_before_it_is_read(
    ann: Person, document: list[Operation]
) -> None:
    long = b'{"a": "' + b"x" * BODY_BYTES_MAX + b'"}'
    sent = [
        (one, "long", send(ann, one, data=long, content_type=JSON))
        for one, _ in with_body(document)
    ]

    assert odd(sent, 413, "too-large") == []


def test_every_field_of_another_type_is_named(ann: Person, document: list[Operation]) -> None:
    sent = []
    for one, body in with_body(document):
        for where, schema in fields(one, body):
            types = types_of(schema)
            others = [value for kind in types - {"null"} for value in OTHER_TYPES[kind]]
            others += [] if "null" in types or not types else [None]
            for value in others:
                answer = send(ann, one, data=text_of(placed(where, value)), content_type=JSON)
                sent.append((one, pointer(where), answer))

    assert len(sent) > 300
    assert odd(sent, 422, "invalid-input") == []
    assert unnamed(sent) == []


def test_all_that_is_wrong_is_said_at_once(ann: Person, document: list[Operation]) -> None:
    sent = []
    for one, body in with_body(document):
        names = list(body["properties"])
        wrong = {
            name: {"": 0} for name in names if "object" not in types_of(body["properties"][name])
        }
        answer = send(ann, one, data=text_of({**wrong, "unheard_of": 1}), content_type=JSON)
        sent += [(one, f"/{name}", answer) for name in (*wrong, "unheard_of")]

    assert unnamed(sent) == []


@pytest.mark.parametrize("mark", ["\0", "\ud800", "\udfff\ud800", "\x1b"])
def test_marks_that_no_text_has_are_refused(
    ann: Person, document: list[Operation], mark: str
) -> None:
    sent = []
    for one, body in with_body(document):
        for where, schema in fields(one, body):
            if "string" not in types_of(schema) or (schema.get("writeOnly") and mark < " "):
                continue  # A password is taken as it was typed; it is neither shown nor stored.
            right = str(sample(one, schema, str(where[-1])))
            for value in (f"{right[:2]}{mark}{right[2:]}", f"{mark}{right}", f"{right}{mark}"):
                answer = send(ann, one, data=text_of(placed(where, value)), content_type=JSON)
                sent.append((one, pointer(where), answer))

    assert odd(sent, 422, "invalid-input") == []
    assert unnamed(sent) == []


@pytest.mark.parametrize(
    "name", ["unheard_of", "amount_fen", "account_id", "", "~/", "\ud800", "\0"]
)
def test_what_nothing_is_called_is_refused(
    ann: Person, document: list[Operation], name: str
) -> None:
    sent = []
    for one, body in with_body(document):
        places = [[]] + [
            where
            for where, schema in fields(one, body)
            if schema.get("additionalProperties") is False
        ]
        for where in places:
            answer = send(ann, one, data=text_of(placed(where, {name: 1})), content_type=JSON)
            sent.append((one, name, answer))

    assert odd(sent, 422, "invalid-input") == []


def test_more_than_there_may_be_is_refused(ann: Person, document: list[Operation]) -> None:
    sent = []
    for one, body in with_body(document):
        for where, schema in fields(one, body):
            if "maxItems" in schema:
                value: Any = [sample(one, schema["items"], "")] * (schema["maxItems"] + 1)
            elif "maxLength" in schema and "format" not in schema:
                value = "x" * (schema["maxLength"] + 1)
            elif "maximum" in schema:
                value = schema["maximum"] + 1
            else:
                continue
            answer = send(ann, one, data=text_of(placed(where, value)), content_type=JSON)
            sent.append((one, pointer(where), answer))

    assert len(sent) > 40
    assert odd(sent, 422, "invalid-input") == []
    assert unnamed(sent) == []


def test_a_refusal_is_never_larger_than_what_it_refuses(
    ann: Person, document: list[Operation]
) -> None:
    many = {f"{number:x}": 1 for number in range(VALUES_MAX)}
    fewer = dict(list(many.items())[1:])
    sent = [
        (one, len(body), send(ann, one, data=text_of(body), content_type=JSON))
        for one, _ in with_body(document)
        for body in (many, {"a": [[1]] * (VALUES_MAX // 2)}, fewer, {"n" * 100_000: 1})
    ]

    assert odd(sent[0::4], 413, "too-large") == []
    assert odd(sent[1::4], 413, "too-large") == []
    assert odd(sent[2::4] + sent[3::4], 422, "invalid-input") == []
    assert max(len(answer.get_data()) for _, _, answer in sent) < 20_000


def test_too_long_a_list_is_refused_unread(ann: Person, document: list[Operation]) -> None:
    sent = []
    for one, body in with_body(document):
        for where, schema in fields(one, body):
            if "maxItems" in schema:
                wrong = text_of(placed(where, [{}] * (schema["maxItems"] + 1)))
                answer = send(ann, one, data=wrong, content_type=JSON)
                sent.append((one, pointer(where), answer))

    assert len(sent) >= 10
    assert unnamed(sent) == []
    assert not any(f"{where}/0" in answer.text for _, where, answer in sent)


def test_numbers_that_are_none_are_refused(ann: Person, document: list[Operation]) -> None:
    sent = []
    for one, body in with_body(document):
        for where, schema in fields(one, body):
            if types_of(schema) & {"number", "integer"}:
                text = text_of(placed(where, "@")).replace(b'"@"', b"1e999")
                answer = send(ann, one, data=text, content_type=JSON)
                sent.append((one, pointer(where), answer))

    assert [str(one) for one in sent if one[2].status_code not in (400, 422)] == []
