"""Bad paths, queries, headers and callers: every operation, as `test_wrong_input` does of bodies."""

import base64
import json
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from flask import Flask

from app.accounts import api as accounts
from app.kernel.ids import PREFIXES, mint
from app.platform.uow import unit_of_work
from tests.api.seeded import Seeds, sow
from tests.api.wrong import METHODS, Operation, odd, send, types_of, unnamed
from tests.support.people import sign_up_person

FOR_ALL = {"follow", "unfollow", "like_note", "unlike_note", "collect_note", "uncollect_note"}
"""What everybody who is signed in may do to what is another's."""

BY_SESSION = {"change_password"}
"""What no token is good for."""


@pytest.fixture(scope="module")
def town(site: Flask) -> Seeds:
    """One caller who owns something of every kind, and who serves a shop and a brand."""
    return sow(site, spare=3)


def parts(town: Seeds, operation: Operation) -> dict[str, str]:
    """Return real ids for the path."""
    return town.path(operation.id, dict.fromkeys(operation.names, ""))


def test_another_method_is_refused_and_the_right_ones_are_named(
    document: list[Operation], town: Seeds
) -> None:
    ann = town.caller
    known: dict[str, set[str]] = {}
    for one in document:
        known.setdefault(one.path, set()).add(one.method)
    found = []
    for one in document:
        for method in {*map(str.upper, METHODS), "BREW"} - known[one.path]:
            answer = ann.client.open(one.address(), method=method, headers=ann.bearer)
            allowed = set(answer.headers.get("Allow", "").split(", ")) - {"HEAD", "OPTIONS"}
            code = (answer.get_json(silent=True) or {}).get("code")
            if (answer.status_code, code, allowed) != (405, "wrong-method", known[one.path]):
                found.append(f"{method} {one.path}: {answer.status_code} {code} {allowed}")

    assert found == []


def test_an_id_that_is_none_leads_to_nothing(document: list[Operation], town: Seeds) -> None:
    wrong = ["x", "0", "-1", "%00", "%ff", "%ed%a0%80", "%0a", "..%2f..", "%252e", "'--", "{}"]
    wrong += ["x" * 3_000, quote("口红"), "note_", "null", "*", "%20", "me", mint("request")]
    sent = []
    for one in document:
        for name in one.names:
            right = parts(town, one)
            for value in [*wrong, right[name].upper() + "%20", f"{right[name]}%00"]:
                path = one.address({**right, name: value})
                sent.append((one, value, send(town.caller, one, path=path, json=one.right())))

    assert len(sent) > 500
    assert odd(sent, 404, "not-found") == []


def test_an_id_of_nothing_leads_to_nothing(document: list[Operation], town: Seeds) -> None:
    sent = [
        (one, one.path, send(town.caller, one, json=one.right()))
        for one in document
        if set(one.names) - {"handle", "provider"}
    ]

    assert len(sent) > 20
    assert odd(sent, 404, "not-found") == []


def test_what_is_anothers_answers_as_if_it_were_not_there(
    document: list[Operation], site: Flask, town: Seeds
) -> None:
    eve = sign_up_person(site, "eve")
    sent, told = [], []
    for one in document:
        if not one.names or not one.needs_account or one.id in FOR_ALL:
            continue
        theirs = send(eve, one, path=one.address(parts(town, one)), json=one.right())
        nothing = send(eve, one, json=one.right())
        sent.append((one, "theirs", theirs))
        told += [one.id] if _said(theirs) != _said(nothing) else []

    assert len(sent) > 20
    assert odd(sent, 404, "not-found") == []
    assert told == []


def test_strangers_are_told_to_sign_in(document: list[Operation], site: Flask, town: Seeds) -> None:
    client = site.test_client()
    headers = [
        {}, {"Authorization": "Bearer"}, {"Authorization": "Bearer \xff"}, {"Authorization": "x"},
        {"Authorization": "Bearer " + "x" * 9_000}, {"Authorization": "Basic YTpi"},
        {"Cookie": "session=\xff"}, {"Cookie": "session=" + "x" * 3_000},
    ]  # fmt: skip
    sent = []
    for one in document:
        for given in headers if one.needs_account else []:
            body = one.right()
            path = one.address(parts(town, one))
            sent.append(
                (one, given, client.open(path, method=one.method, json=body, headers=given))
            )

    assert len(sent) > 300
    assert odd(sent, 401, "sign-in-required") == []


def test_a_token_does_what_it_is_good_for_and_no_more(
    document: list[Operation], town: Seeds
) -> None:
    tokens = {}
    with unit_of_work() as uow:
        for scope in ("read", "write"):
            tokens[scope] = accounts.make_token(
                uow, account_id=town.caller.id, name=scope, scopes=(scope,)
            )
    sent = []
    for one in document:
        needed = {scope for way in one.told["security"] for scope in way.get("token", ())}
        for scope, token in tokens.items():
            if needed and scope not in needed:
                headers = {"Authorization": f"Bearer {token}"}
                path = one.address(parts(town, one))
                answer = send(town.caller, one, path=path, json=one.right(), headers=headers)
                sent.append((one, scope, answer))

    assert len(sent) > 40
    assert odd(sent, 403, "scope-missing") == []


def test_every_wrong_value_of_a_query_is_named(document: list[Operation], town: Seeds) -> None:
    sent = []
    for one in document:
        for name, schema in one.asked("query").items():
            for value in _wrong_values(schema) if name != "cursor" else ():
                path = f"{one.address(parts(town, one))}?{name}={value}"
                sent.append((one, f"/{name}", send(town.caller, one, path=path)))
        if one.asked("query"):
            path = f"{one.address(parts(town, one))}?unheard_of=1&size_=1"
            answer = send(town.caller, one, path=path)
            sent += [(one, "/unheard_of", answer), (one, "/size_", answer)]

    assert len(sent) > 100
    assert odd(sent, 422, "invalid-input") == []
    assert [
        each
        for each in unnamed(sent)
        if "/facets/0" not in each  # The one of a list that is wrong.
    ] == []


def test_a_cursor_that_no_list_gave_is_refused(document: list[Operation], town: Seeds) -> None:
    values = [None, 1, "x", [], [None], [[]], {}, ["x"] * 9, [2**70], [2**63, "x"], [1.5, "x"]]
    values += [["\0"], ["\0", "\0"], ["\ud800", "x"], ["\ud800"], [True, "x"]]
    cursors = [*map(_cursor, values), "x", "%25", "=", "AAAA", "null", "%00", "%ff", "x" * 401]
    cursors += ["x" * 399, quote("口红"), base64.b64encode(b"[" * 250).decode()]
    sent = []
    for one in document:
        for cursor in cursors if "cursor" in one.asked("query") else []:
            path = f"{one.address(parts(town, one))}?cursor={cursor}"
            sent.append((one, cursor, send(town.caller, one, path=path)))

    assert len(sent) > 150
    assert odd(sent, 422, "invalid-input", "cursor-of-another") == []


def test_a_cursor_of_another_list_does_no_harm(document: list[Operation], town: Seeds) -> None:
    numbers = (0, -1, 1, 2**62, -(2**62), 10**15)
    values = [[one] for one in (*numbers, "x", "", "2026-13-45", "note_")]
    values += [[one, other] for one in numbers for other in (0, -1, 2**62, "x")]
    values += [["x", "x"], ["x", 1], ["2026-13-45T00:00:00", "x"], ["", "", 1]]
    found = []
    for one in document:
        for value in values if "cursor" in one.asked("query") else []:
            path = f"{one.address(parts(town, one))}?cursor={_cursor(value)}"
            answer = send(town.caller, one, path=path)
            if answer.status_code not in {200, 422}:
                found.append(f"{one.id}: {value}: {answer.status_code}")

    assert found == []


def test_headers_that_mean_nothing_are_refused(document: list[Operation], town: Seeds) -> None:
    wrong = {
        "Idempotency-Key": ["", "x" * 81, "\xff", "a\tb"],
        "If-Match": ["", "x", "v", '"1"', 'W/"v1"', '"v1", "v2"', "v" + "9" * 40, '"v\xb2"'],
    }
    sent = []
    for one in document:
        for name, values in wrong.items():
            for value in values if name in one.asked("header") and one.id not in BY_SESSION else []:
                path = one.address(parts(town, one))
                headers = {name: value}
                answer = send(town.caller, one, path=path, json=one.right(), headers=headers)
                sent.append((one, f"/headers/{name}", answer))

    assert len(sent) > 80
    assert odd(sent, 422, "invalid-input") == []
    assert unnamed(sent) == []


def _cursor(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


def _said(answer: object) -> dict[str, object]:
    body = answer.get_json()  # type: ignore[attr-defined] # of the test client
    return {name: body[name] for name in body if name not in {"request_id", "instance"}}


def _wrong_values(schema: dict[str, object]) -> Iterator[str]:
    """Yield values that a parameter does not take, as they stand in an address."""
    (kind,) = types_of(schema)
    if kind == "array":
        yield from ("unheard_of", "%00")
    elif kind == "boolean":
        yield from ("maybe", "2", "%00")
    elif kind == "integer":
        yield from ("x", "1.5", "1e3", "%00", "9" * 30, "-" + "9" * 30, "0x1", "%D9%A1%00", "true")
    elif "enum" in schema or schema.get("format") == "date":
        yield from ("x", "%00", "2026-02-30", "0000-00-00", quote("口"))
    elif str(schema.get("pattern", "")).startswith(tuple(f"^{one}_" for one in PREFIXES.values())):
        yield from ("x", "%00", mint("request"), "%ff", quote("口"))
    else:
        yield from (
            "%00",
            "a%00b",
            "%1b",
            "x" * (int(str(schema["maxLength"])) + 1),
            "%ff",
            "a%ed%a0%80",
        )
