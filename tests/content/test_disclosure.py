"""No tagged note whose author earns is ever shown without its disclosure, whatever was written."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import example, given, settings
from hypothesis import strategies as st
from marshmallow import Schema, fields

from app.web.http import DECLARED
from search.port import SearchDown, SearchIndex
from tests.content import acts
from tests.content.acts import WORD, Town, make_town
from tests.content.faces import Seen, html_faces, json_faces, must
from tests.support.fresh import fresh_app

Act = Callable[[Town, int], int]

ACTS: dict[str, Act] = {
    "content.publish_note": acts.publish,
    "content.edit_note": acts.edit,
    "content.delete_note": acts.delete,
    "content.like_note": acts.on_note("PUT", "like"),
    "content.unlike_note": acts.on_note("DELETE", "like"),
    "content.collect_note": acts.on_note("PUT", "collection"),
    "content.uncollect_note": acts.on_note("DELETE", "collection"),
    "content_pages.publish": acts.publish_by_form,
    "content_pages.change": acts.edit_by_form,
    "content_pages.delete": acts.delete_by_form,
    "accounts.cease_as_creator": acts.on_author("DELETE", "creator"),
    "accounts.become_creator": acts.on_author("PUT", "creator", {"accept_terms": True}),
    "accounts_pages.cease_as_creator": acts.form_on_author("/settings/creator/off"),
    "accounts_pages.become_creator": acts.form_on_author("/settings/creator", accept_terms="yes"),
    "accounts.change_me": acts.change_me,
    "accounts.follow": acts.on_author("PUT", "follow"),
    "accounts.unfollow": acts.on_author("DELETE", "follow"),
    "programmes.set_terms": acts.set_terms,
    "catalogue.add_product": acts.add_product,
    "catalogue.change_product": acts.change_product,
    "pictures.upload_picture": acts.upload,
    "touches.record_touches": acts.touch,
    "orders.take_notice": acts.buy,
    "orders.cancel_checkout": acts.cancel,
    "orders.receive_order": acts.receive,
    "orders.decide_refund": acts.refund,
    "orders.add_cart_line": acts.fill_cart,
    "accounts.sign_up": acts.come_and_go,
    "accounts.add_address": acts.keep_addresses,
    "what waits is delivered": acts.drain,
    "time passes": acts.pass_time,
    "the account is closed": acts.ban,
}
"""What is done, by the operation that it is named after."""

ON_THE_WAY = {
    "orders.take_notice": (
        "orders.preview_checkout",
        "orders.place_checkout",
        "orders.start_payment",
    ),
    "orders.receive_order": ("orders.ship_order",),
    "orders.decide_refund": ("orders.ask_refund",),
    "orders.add_cart_line": ("orders.set_cart_line", "orders.drop_cart_lines"),
    "accounts.add_address": ("accounts.change_address", "accounts.delete_address"),
    "accounts.sign_up": (
        "accounts.sign_in",
        "accounts.sign_out",
        "accounts.sign_out_everywhere",
        "accounts.end_session",
        "accounts.change_password",
        "accounts.make_token",
        "accounts.end_token",
    ),
}
"""Operations that those acts go through."""

LIKE_THE_API = {
    "content_pages.like",
    "content_pages.collect",
    "site_pages.follow_tag",
    "site_pages.keep_preference",
    "site_pages.put_in_cart",
    *(
        f"orders_pages.{name}"
        for name in [
            "set_line",
            "drop_line",
            "place",
            "start_payment",
            "cancel",
            "receive",
            "ask_refund",
            "ship",
            "decide",
            "pay",
        ]
    ),
    *(
        f"accounts_pages.{name}"
        for name in [
            "sign_in_to_demo",
            "sign_in_form",
            "sign_up_form",
            "sign_out",
            "add_address",
            "change_address",
            "delete_address",
            "change_password",
            "change_profile",
            "end_session",
            "sign_out_everywhere",
            "make_token",
            "end_token",
            "follow",
            "unfollow",
        ]
    ),
}
"""Forms whose commands the acts above call over JSON, or that write no row of what is shown."""

NUMBERS = {
    "content.publish_note": 0b0010,
    "content.edit_note": 0b1010,
    "content.delete_note": 1,
    "content_pages.publish": 0b1110,
    "content_pages.change": 0b0010,
    "programmes.set_terms": 0b0100,
    "catalogue.change_product": 4,
}
"""With which an act leaves something to be told."""

OFTEN = (
    "content.publish_note",
    "content.edit_note",
    "content_pages.change",
    "accounts.become_creator",
    "accounts.cease_as_creator",
    "programmes.set_terms",
    "what waits is delivered",
)
STEPS = st.lists(
    st.tuples(st.sampled_from([*ACTS, *OFTEN * 3]), st.integers(0, 15)), min_size=1, max_size=6
)
CHANGES_AFTER = [
    ("accounts.cease_as_creator", 0),
    ("accounts.become_creator", 1),
    ("programmes.set_terms", 0),
    ("programmes.set_terms", 5),
    ("accounts_pages.become_creator", 0),
    ("programmes.set_terms", 4),
]


def seen_in(town: Town, *, whole: bool = True) -> list[Seen]:
    """Return what is shown to a stranger, to a reader, and to an author; or one of each kind."""
    ids = [note_id for _, note_id in town.notes][: None if whole else 1]
    handles = [author.handle for author in town.authors][: None if whole else 1]
    goods = [thing.product_id for thing in town.things][: None if whole else 1]
    stranger, reader, author = town.app.test_client(), town.reader, town.authors[0]
    seen = [*json_faces(stranger, {}, handles=handles, note_ids=ids, word=WORD)]
    seen += html_faces(stranger, handles=handles, note_ids=ids, product_ids=goods, word=WORD)
    if whole:
        seen += json_faces(reader.client, reader.bearer, note_ids=ids[:1], word=WORD)
        seen += html_faces(reader.client, note_ids=ids[:1], word=WORD, collected=reader.handle)
        seen += html_faces(author.client, note_ids=ids[-1:], word=WORD)
    return seen


def wrong_in(seen: list[Seen]) -> list[Seen]:
    """Return what is told where it must not be, or not told where it must."""
    owed = must()
    return [one for one in seen if one[2] is not (one[1] in owed)]


@contextmanager
def fresh_town(empty: Path) -> Iterator[Town]:
    """Yield a town of its own."""
    with fresh_app(empty) as app:
        yield make_town(app)


def test_every_operation_that_writes_is_an_act_or_said_to_be_like_one(app: Flask) -> None:
    rules = [one for one in app.url_map.iter_rules() if one.methods - {"GET", "HEAD", "OPTIONS"}]
    on_the_way = {name for names in ON_THE_WAY.values() for name in names}
    said = {name for name in ACTS if " " not in name} | on_the_way | LIKE_THE_API

    assert {str(one.endpoint) for one in rules} == said


def test_every_answer_that_tells_of_a_disclosure_is_looked_at(app: Flask) -> None:
    telling = {
        (route.method, route.rule)
        for route in DECLARED.values()
        if route.gives and _tells(route.gives())
    }

    assert telling == {
        ("GET", "/feed"),
        ("GET", "/search"),
        ("GET", "/notes/<note_id>"),
        ("GET", "/accounts/<handle>/notes"),
        ("PATCH", "/notes/<note_id>"),
    }


def _tells(schema: Schema) -> bool:
    for one in schema.fields.values():
        inner = one.inner if isinstance(one, fields.List) else one
        if isinstance(inner, fields.Nested) and _tells(inner.schema):
            return True
    return "disclosure" in schema.fields


@pytest.mark.slow
def test_each_act_is_really_done_and_all_is_told_after_it(empty_database: Path) -> None:
    with fresh_town(empty_database) as town:
        told, untold, places = 0, 0, set()
        for name, act in ACTS.items():
            assert act(town, NUMBERS.get(name, 0)) < 400, name
            seen = seen_in(town, whole=name.startswith("content.") or " " in name)
            assert wrong_in(seen) == [], name
            told += sum(one[2] for one in seen)
            untold += sum(not one[2] for one in seen)
            places |= {one[0].split("/note_")[0] for one in seen if one[2]}

    assert told > 100
    assert untold > 100
    assert len(places) >= 15, places


class _Down:
    def __getattr__(self, _name: str) -> Callable[..., None]:
        def refuse(*_: object, **__: object) -> None:
            if _name != "close":
                raise SearchDown("not today")

        return refuse


def test_what_stands_in_for_a_search_that_is_down_tells_it_too(empty_database: Path) -> None:
    from app.platform import adapters

    with fresh_town(empty_database) as town:
        adapters.provide(town.app, SearchIndex, _Down())
        shown = list(html_faces(town.app.test_client(), word=WORD))
        owed = must()

    searched = [one for one in shown if one[0].startswith("/search")]
    assert {note_id for _, note_id, told in searched if told} == owed != set()


@pytest.mark.slow
@pytest.mark.timeout(900)
@settings(max_examples=int(os.environ.get("TROVE_TEST_DISCLOSURES", "12")))
@example(CHANGES_AFTER)
@given(STEPS)
def test_no_note_that_earns_is_shown_without_saying_so(
    empty_database: Path, steps: list[tuple[str, int]]
) -> None:
    with fresh_town(empty_database) as town:
        assert wrong_in(seen_in(town)) == []
        for name, number in steps:
            assert ACTS[name](town, number) < 500, name
            assert wrong_in(seen_in(town)) == [], name
