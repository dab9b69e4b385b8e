"""What the room promises to other rooms, through its door."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.accounts import api as accounts
from app.kernel.ids import AccountId, AddressId, DeviceId, mint
from app.kernel.problems import InvalidInput, NotFound, Problem
from app.web.caller import Seat
from tests.support.engines import every_row
from tests.support.people import Person

AddressDraft = accounts.AddressDraft
HOME = AddressDraft("林夏", "+8613812341234", "上海市 静安区", "南京西路 1 号 2 室")


def register(unit: Any, handle: str, **more: Any) -> AccountId:
    given = {"name": handle.title(), "email": None, "phone": None, "password": None, **more}
    with unit() as uow:
        return accounts.register(uow, handle=handle, **given)


def topics(look: Any) -> list[str]:
    with look() as view:
        return [
            row.topic
            for row in view.rows(text("SELECT topic FROM platform_outbox ORDER BY position"))
        ]


def test_a_new_account_is_found_by_its_handle_and_announced(unit: Any, look: Any) -> None:
    account_id = register(unit, "ann", name="Ann 林")

    with look() as view:
        found = accounts.find_by_handle(view, handle="ann")
        assert found == accounts.person(view, account_id=account_id)
    assert found is not None
    assert (found.handle, found.name, found.avatar_url, found.is_creator) == (
        "ann",
        "Ann 林",
        None,
        False,
    )
    assert topics(look) == ["accounts.account-changed.v1"]


def test_what_belongs_to_somebody_is_refused_all_at_once(unit: Any) -> None:
    register(unit, "ann", email="ann@example.org", phone="+8613812341234")

    with pytest.raises(accounts.AlreadyTaken) as refused:
        register(unit, "ann", email="ANN@example.org", phone="+8613812341234")

    assert [fault["pointer"] for fault in refused.value.facts["errors"]] == [
        "/handle",
        "/email",
        "/phone",
    ]


def test_nobody_registers_under_a_reserved_handle(unit: Any) -> None:
    with pytest.raises(InvalidInput):
        register(unit, "admin")


def test_people_are_read_together_and_unknown_ids_left_out(unit: Any, look: Any) -> None:
    ann, bob = register(unit, "ann"), register(unit, "bob")

    with look() as view:
        found = accounts.people(view, account_ids=[ann, bob, AccountId("acc_nobody")])

    assert {one.handle for one in found.values()} == {"ann", "bob"}


def test_nobody_is_not_found(look: Any) -> None:
    with look() as view:
        assert accounts.find_by_handle(view, handle="nobody") is None
        with pytest.raises(NotFound):
            accounts.person(view, account_id=AccountId("acc_nobody"))


def test_earning_is_known_for_every_instant(
    unit: Any, look: Any, pass_time: Callable[..., None]
) -> None:
    ann = register(unit, "ann")
    instants = []
    for on in (True, False, True):
        pass_time(days=1)
        with unit() as uow:
            accounts.switch_creator(uow, account_id=ann, on=on)
            instants.append(uow.now)

    moment = timedelta(microseconds=1)
    with look() as view:

        def earned(at: Any) -> bool:
            return accounts.histories(view, account_ids=[ann])[ann].was_earning(at)

        assert [earned(at) for at in instants] == [True, False, True]
        assert [earned(at - moment) for at in instants] == [False, True, False]
        assert accounts.is_earning(view, account_ids=[ann]) == {ann}


def test_switching_on_twice_is_once(unit: Any, look: Any) -> None:
    ann = register(unit, "ann")

    for _ in range(2):
        with unit() as uow:
            accounts.switch_creator(uow, account_id=ann, on=True)

    with look() as view:
        assert view.value(text("SELECT count(*) FROM accounts_creator_switch")) == 1
    assert topics(look).count("accounts.creator-switched.v1") == 1


def test_the_history_of_the_switch_cannot_be_rewritten(unit: Any) -> None:
    ann = register(unit, "ann")
    with unit() as uow:
        accounts.switch_creator(uow, account_id=ann, on=True)

    for statement in (
        "UPDATE accounts_creator_switch SET is_on = false",
        "DELETE FROM accounts_creator_switch",
    ):
        with pytest.raises(IntegrityError, match="append-only"), unit() as uow:
            uow.change(text(statement))


def test_both_sides_count_a_follow_once(unit: Any, look: Any) -> None:
    ann, bob = register(unit, "ann"), register(unit, "bob")

    for _ in range(2):
        with unit() as uow:
            accounts.follow(uow, follower_id=ann, followed_id=bob)

    with look() as view:
        assert accounts.person(view, account_id=ann).following == 1
        assert accounts.person(view, account_id=bob).followers == 1
        assert accounts.following(view, account_id=ann) == {bob}
        assert accounts.followers_of(view, account_id=bob).items == (ann,)
    assert topics(look).count("accounts.followed.v1") == 1


def test_following_no_longer_twice_is_once(unit: Any, look: Any) -> None:
    ann, bob = register(unit, "ann"), register(unit, "bob")
    with unit() as uow:
        accounts.follow(uow, follower_id=ann, followed_id=bob)

    for _ in range(2):
        with unit() as uow:
            accounts.unfollow(uow, follower_id=ann, followed_id=bob)

    with look() as view:
        assert accounts.person(view, account_id=bob).followers == 0
        assert accounts.following(view, account_id=ann) == frozenset()
    assert topics(look).count("accounts.unfollowed.v1") == 1


def test_followers_come_in_pages_that_leave_nobody_out(unit: Any, look: Any) -> None:
    star = register(unit, "star")
    fans = [register(unit, f"fan_{number}") for number in range(5)]
    for fan in fans:
        with unit() as uow:
            accounts.follow(uow, follower_id=fan, followed_id=star)

    seen: list[AccountId] = []
    cursor: str | None = None
    with look() as view:
        while True:
            page = accounts.followers_of(view, account_id=star, cursor=cursor, size=2)
            seen += page.items
            cursor = page.next
            if cursor is None:
                break

    assert seen == sorted(fans)


@pytest.mark.parametrize("whom", ["themselves", "nobody", "banned"])
def test_who_cannot_be_followed_is_refused(unit: Any, whom: str) -> None:
    ann, bob = register(unit, "ann"), register(unit, "bob")
    with unit() as uow:
        accounts.ban(uow, account_id=bob)

    followed = {"themselves": ann, "nobody": AccountId("acc_nobody"), "banned": bob}[whom]
    with pytest.raises(Problem), unit() as uow:
        accounts.follow(uow, follower_id=ann, followed_id=followed)


def test_an_address_opens_for_its_owner_only(unit: Any, look: Any) -> None:
    ann, bob = register(unit, "ann"), register(unit, "bob")
    with unit() as uow:
        address_id = accounts.add_address(uow, account_id=ann, draft=HOME)

    with look() as view:
        mine = accounts.address(view, account_id=ann, address_id=address_id)
        assert (mine.recipient, mine.phone, mine.region, mine.street) == (
            HOME.recipient,
            HOME.phone,
            HOME.region,
            HOME.street,
        )
        assert mine.phone_masked == "138****1234"
        assert accounts.addresses(view, account_id=ann) == (mine,)
        assert accounts.addresses(view, account_id=bob) == ()
        with pytest.raises(NotFound):
            accounts.address(view, account_id=bob, address_id=address_id)


def test_a_sealed_address_opens_in_its_place_only(app: Any) -> None:
    del app
    address = accounts.Address(
        AddressId(mint("address")), "林夏", "+8613812341234", "上海市", "南京西路"
    )

    sealed = accounts.seal_address(address, place="orders_order.address.order_1")

    assert accounts.unseal_address(sealed, place="orders_order.address.order_1") == address
    with pytest.raises(InvalidTag):
        accounts.unseal_address(sealed, place="orders_order.address.order_2")
    with pytest.raises(InvalidTag):
        accounts.unseal_address(
            sealed[:-1] + bytes([sealed[-1] ^ 1]), place="orders_order.address.order_1"
        )


def test_nothing_personal_stands_readable_in_the_database(app: Any, unit: Any, look: Any) -> None:
    ann = register(
        unit,
        "ann",
        email="canary.mail@example.org",
        phone="+8613987654321",
        password="canary password 1",
    )
    with unit() as uow:
        accounts.add_address(uow, account_id=ann, draft=HOME)
        secret = accounts.start_session(
            uow, account_id=ann, device_id=DeviceId(mint("device")), user_agent=""
        )
        token = accounts.make_token(uow, account_id=ann, name="t", scopes=("read",))

    with look() as view:
        kept = repr(every_row(view)).encode()
    # Neither in what a file keeps beside its rows.
    folder = app.config["TROVE_SETTINGS"].database_path.parent
    kept += b"".join(path.read_bytes() for path in folder.glob("trove.sqlite*"))

    assert b"ann" in kept
    for canary in (
        "canary",
        "13987654321",
        "3812341234",
        HOME.recipient,
        HOME.street,
        secret,
        token,
    ):
        assert canary.encode() not in kept


def test_a_session_and_a_token_name_their_owner(unit: Any) -> None:
    ann = register(unit, "ann", name="Ann")
    with unit() as uow:
        secret = accounts.start_session(
            uow, account_id=ann, device_id=DeviceId(mint("device")), user_agent=""
        )
        token = accounts.make_token(uow, account_id=ann, name="till", scopes=("read",))

    by_session = accounts.find_caller(secret, False, None)
    by_token = accounts.find_caller(token, True, None)

    assert by_session is not None
    assert by_token is not None
    assert (by_session.account_id, by_session.name, by_session.scopes) == (ann, "Ann", None)
    assert by_session.session_id is not None
    assert (by_token.account_id, by_token.scopes, by_token.session_id) == (ann, {"read"}, None)


@pytest.mark.parametrize("secret", ["", "x", "\ud800", "a" * 10_000, "' OR 1=1 --"])
def test_any_other_secret_is_nobodys(app: Any, secret: str) -> None:
    del app
    assert accounts.find_caller(secret, False, None) is None
    assert accounts.find_caller(secret, True, None) is None


def test_a_secret_of_one_kind_is_none_of_the_other(unit: Any) -> None:
    ann = register(unit, "ann")
    with unit() as uow:
        secret = accounts.start_session(
            uow, account_id=ann, device_id=DeviceId(mint("device")), user_agent=""
        )
        token = accounts.make_token(uow, account_id=ann, name="till", scopes=("read",))

    assert accounts.find_caller(secret, True, None) is None
    assert accounts.find_caller(token, False, None) is None


def test_a_caller_has_the_seats_that_the_room_above_knows_of(unit: Any) -> None:
    ann = register(unit, "ann")
    with unit() as uow:
        token = accounts.make_token(uow, account_id=ann, name="till", scopes=("read",))

    shop = Seat("mer_1", "shop", "Shop")
    found = accounts.find_caller(
        token, True, lambda _view, account_id: ((shop,), ()) if account_id == ann else ((), ())
    )

    assert found is not None
    assert (found.merchants, found.brands) == ((shop,), ())


def test_a_change_is_seen_by_the_next_request(unit: Any, sign_up: Callable[..., Person]) -> None:
    ann = sign_up("ann")
    before = accounts.find_caller(ann.token, True, None)

    with unit() as uow:
        accounts.switch_creator(uow, account_id=ann.id, on=True)

    after = accounts.find_caller(ann.token, True, None)
    assert before is not None
    assert after is not None
    assert (before.is_creator, after.is_creator) == (False, True)


def test_a_ban_ends_everything_at_once_and_keeps_the_name(
    unit: Any, look: Any, sign_up: Callable[..., Person]
) -> None:
    ann = sign_up("ann", creator=True)
    assert ann.client.get("/api/v1/me").status_code == 200

    for _ in range(2):
        with unit() as uow:
            accounts.ban(uow, account_id=ann.id)

    assert ann.client.get("/api/v1/me").status_code == 401
    assert accounts.find_caller(ann.token, True, None) is None
    with look() as view:
        assert accounts.is_banned(view, account_id=ann.id)
        assert accounts.is_earning(view, account_ids=[ann.id]) == frozenset()
        assert accounts.find_by_handle(view, handle="ann") is None
        assert accounts.person(view, account_id=ann.id).name == "Ann"


def test_nobody_cannot_be_banned(unit: Any) -> None:
    with pytest.raises(NotFound), unit() as uow:
        accounts.ban(uow, account_id=AccountId("acc_nobody"))


@pytest.mark.parametrize("days", [31, 91])
def test_a_session_that_is_old_or_idle_ends_by_itself(
    unit: Any, pass_time: Callable[..., None], days: int
) -> None:
    ann = register(unit, "ann")
    with unit() as uow:
        secret = accounts.start_session(
            uow, account_id=ann, device_id=DeviceId(mint("device")), user_agent=""
        )

    pass_time(days=days)

    assert accounts.find_caller(secret, False, None) is None


def test_signing_in_links_the_device(unit: Any, look: Any) -> None:
    ann, device = register(unit, "ann"), DeviceId(mint("device"))

    with unit() as uow:
        accounts.start_session(uow, account_id=ann, device_id=device, user_agent="")

    with look() as view:
        linked = view.rows(
            text("SELECT account_id FROM touches_link WHERE device_id = :d"), {"d": device}
        )
    assert [row.account_id for row in linked] == [ann]
