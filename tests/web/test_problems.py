"""What any address may refuse, whichever room stands behind it."""

import io
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.platform.adapters import provide
from app.web.problems import BadRequest, Unexpected, WrongMethod
from search.memory_index import MemoryIndex
from search.port import SearchIndex
from tests.support.provoking import assert_refused
from tests.support.refusals import NEVER, declared_codes, known_codes

ON_PAGES_ONLY = {"payment-declined"}
"""What no program is told."""


class BrokenIndex(MemoryIndex):
    """An engine with a bug."""

    def find(self, query: Any) -> Any:
        """Fail as nobody foresaw."""
        raise LookupError("the innermost secret")


def test_another_method_is_told_which_there_are(client: FlaskClient) -> None:
    for method in ("POST", "PUT", "DELETE", "BREW"):
        refused = client.open("/api/v1/feed", method=method)
        assert_refused(refused, WrongMethod)
        assert set(refused.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
    page = client.post("/search")
    assert (page.status_code, WrongMethod.title in page.text) == (405, True)


def test_a_bug_tells_nothing_but_a_number_to_ask_about(
    app: Flask, client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    provide(app, SearchIndex, BrokenIndex())

    answers = client.get("/api/v1/search?q=tea"), client.get("/search?q=tea")

    said = assert_refused(answers[0], Unexpected)
    assert (answers[1].status_code, Unexpected.title in answers[1].text) == (500, True)
    assert not any("secret" in one.text or "Lookup" in one.text for one in answers)
    assert said["request_id"] == answers[0].headers["X-Request-Id"]
    assert answers[1].headers["X-Request-Id"] in answers[1].text
    assert [one.exc_info[0] for one in caplog.records if one.exc_info] == [LookupError] * 2


@pytest.mark.parametrize("path", ["/api/v1/sessions", "/api/v1/accounts", "/api/v1/touches"])
def test_a_body_that_ends_early_is_no_fault_of_ours(client: FlaskClient, path: str) -> None:
    refused = client.post(
        path,
        input_stream=io.BytesIO(b'{"login": '),
        environ_overrides={"CONTENT_LENGTH": "100"},
        content_type="application/json",
    )

    assert_refused(refused, BadRequest)


def test_every_code_is_explained_where_problems_say_it_is(client: FlaskClient) -> None:
    told = client.get("/api/v1/notes/none").get_json()["type"]
    page = client.get(told.partition("#")[0]).text

    unexplained = {code for code in known_codes() if f'<tr id="{code}">' not in page}
    declared = set().union(*declared_codes().values())
    assert unexplained == set(NEVER) - declared | ON_PAGES_ONLY
