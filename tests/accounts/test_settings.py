"""The settings: each section is saved, or shown again with what was typed."""

import re
from collections.abc import Callable

from flask import Flask

from app.kernel.ids import mint
from tests.accounts.visits import (
    HOME,
    LOGIN,
    PASSWORD,
    me,
    signed_up,
    submit,
)
from tests.support.people import Person
from tests.web.forms import read_page

SignUp = Callable[..., Person]


def test_signing_out_everywhere_ends_every_session(app: Flask) -> None:
    phone, _ = signed_up(app)
    laptop = app.test_client()
    submit(laptop, "/signin", "/signin", LOGIN)

    answer = submit(phone, "/settings", "/settings/sessions/end", {})

    assert answer.status_code == 303
    assert me(laptop).status_code == 401


def test_a_profile_is_saved_and_an_emptied_field_is_empty(app: Flask) -> None:
    client, _ = signed_up(app)
    submit(client, "/settings", "/settings/profile", {"name": "Ann 林", "bio": "tea\r\nand rain"})

    assert me(client).json["bio"] == "tea\nand rain"
    answer = submit(client, "/settings", "/settings/profile", {"name": "Ann 林", "bio": ""})

    assert answer.headers["Location"] == "/settings#profile"
    assert (me(client).json["name"], me(client).json["bio"]) == ("Ann 林", "")


def test_a_refused_section_keeps_what_was_typed_and_leaves_the_others(app: Flask) -> None:
    client, _ = signed_up(app)

    answer = submit(client, "/settings", "/settings/profile", {"name": "", "bio": "x" * 301})
    html = answer.get_data(as_text=True)

    assert answer.status_code == 422
    assert "x" * 301 in html
    assert 'id="profile-name-said"' in html
    assert 'id="profile-bio-said"' in html
    assert html.count('role="alert"') == 1


def test_becoming_a_creator_takes_a_ticked_box(app: Flask) -> None:
    client, _ = signed_up(app)

    unticked = submit(client, "/settings", "/settings/creator", {})
    assert unticked.status_code == 422
    assert 'id="creator-accept_terms-said"' in unticked.get_data(as_text=True)
    (alert,) = read_page(unticked.text).alerts
    assert "Terms: Accept the terms to go on." in " ".join(alert.split())
    submit(client, "/settings", "/settings/creator", {"accept_terms": "yes"})
    assert me(client).json["is_creator"] is True
    submit(client, "/settings", "/settings/creator/off", {})
    assert me(client).json["is_creator"] is False


def test_an_address_is_added_changed_and_deleted(app: Flask) -> None:
    client, _ = signed_up(app)
    submit(client, "/settings", "/settings/addresses", HOME)
    address = client.get("/api/v1/me/addresses").json["items"][0]["id"]
    path = f"/settings/addresses/{address}"

    changed = submit(
        client,
        "/settings",
        path,
        {"recipient": "林夏", "phone": "", "region": "上海市", "street": "北京路"},
    )
    html = client.get("/settings").get_data(as_text=True)

    assert changed.status_code == 303
    assert "北京路" in html
    assert "138****1234" in html
    assert "13812341234" not in html
    submit(client, "/settings", f"{path}/delete", {})
    assert client.get("/api/v1/me/addresses").json["items"] == []


def test_a_refused_address_keeps_what_was_typed_where_it_was_typed(app: Flask) -> None:
    client, _ = signed_up(app)
    submit(client, "/settings", "/settings/addresses", HOME)
    address = client.get("/api/v1/me/addresses").json["items"][0]["id"]

    new = submit(client, "/settings", "/settings/addresses", {**HOME, "phone": "12", "street": ""})
    old = submit(client, "/settings", f"/settings/addresses/{address}", {"phone": "12"})

    assert new.status_code == old.status_code == 422
    html = new.get_data(as_text=True)
    assert 'id="new-phone-said"' in html
    assert 'id="new-street-said"' in html
    assert f'value="{HOME["recipient"]}"' in html
    assert f'id="{address}-phone-said"' in old.get_data(as_text=True)


def test_what_was_typed_for_an_address_that_is_gone_can_be_added_anew(app: Flask) -> None:
    client, _ = signed_up(app)
    gone = f"/settings/addresses/{mint('address')}"

    answer = submit(client, "/settings", gone, HOME)

    assert answer.status_code == 404
    page = read_page(answer.text)
    assert page.alerts
    (form,) = (one for one in page.forms if one.action == "/settings/addresses")
    assert {name: form.controls[name].values for name in HOME} == {
        name: [value] for name, value in HOME.items()
    }


def test_a_new_tokens_secret_is_shown_on_the_page_that_made_it_only(app: Flask) -> None:
    client, _ = signed_up(app)

    made = submit(
        client, "/settings", "/settings/tokens", {"name": "till", "scopes[]": ["read", "write"]}
    )
    html = made.get_data(as_text=True)
    secret = re.search(r"trove_[\w-]{43}", html)

    assert (made.status_code, made.headers["Cache-Control"]) == (201, "no-store")
    assert secret
    api = app.test_client()
    assert (
        api.get("/api/v1/me", headers={"Authorization": f"Bearer {secret[0]}"}).status_code == 200
    )
    assert secret[0] not in client.get("/settings").get_data(as_text=True)
    token = client.get("/api/v1/tokens").json["items"][0]["id"]
    submit(client, "/settings", f"/settings/tokens/{token}/end", {})
    assert client.get("/api/v1/tokens").json["items"] == []


def test_a_refused_token_keeps_its_name(app: Flask) -> None:
    client, _ = signed_up(app)

    refused = submit(client, "/settings", "/settings/tokens", {"name": "my till"})

    assert refused.status_code == 422
    html = refused.get_data(as_text=True)
    assert 'value="my till"' in html
    assert 'id="tokens-scopes-said"' in html


def test_a_new_password_ends_the_other_sessions(app: Flask) -> None:
    phone, _ = signed_up(app)
    laptop = app.test_client()
    submit(laptop, "/signin", "/signin", LOGIN)
    form = {"current_password": PASSWORD, "new_password": "another horse battery"}

    wrong = submit(
        phone, "/settings", "/settings/password", {**form, "current_password": "not the password"}
    )
    right = submit(phone, "/settings", "/settings/password", form)

    assert (wrong.status_code, right.status_code) == (403, 303)
    assert "another horse battery" not in wrong.get_data(as_text=True)
    assert me(laptop).status_code == 401
    assert me(phone).status_code == 200


def test_a_device_is_signed_out_from_another(app: Flask) -> None:
    phone, _ = signed_up(app)
    laptop = app.test_client()
    submit(laptop, "/signin", "/signin", LOGIN)
    listed = phone.get("/api/v1/sessions").json["items"]
    other = next(one["id"] for one in listed if not one["is_current"])

    submit(phone, "/settings", f"/settings/sessions/{other}/end", {})

    assert me(laptop).status_code == 401


def test_following_leads_back_to_where_the_button_was(app: Flask, sign_up: SignUp) -> None:
    sign_up("bob")
    client, _ = signed_up(app)

    plain = submit(client, "/settings", "/u/bob/follow", {})
    from_note = submit(client, "/settings", "/u/bob/unfollow?next=/note/note_1", {})
    away = submit(client, "/settings", "/u/bob/follow?next=//evil.example", {})

    assert plain.headers["Location"] == "/u/bob"
    assert from_note.headers["Location"] == "/note/note_1"
    assert away.headers["Location"] == "/u/bob"
    assert client.get("/api/v1/accounts/bob").json["followers"] == 1
    assert submit(client, "/settings", "/u/nobody/follow", {}).status_code == 404
