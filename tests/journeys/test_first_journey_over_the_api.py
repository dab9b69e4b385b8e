"""From a published note to the creator's money, as programs live it: by a generated client.

openapi-python-client makes the client from the document that the running site serves; nothing of
it is written by hand. As in the browser, no job is called and no clock is set; time passes by
`trove demo pass`, and the ledger must say what its table says.
"""

import json
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.journeys.api_client import Steps, environment_of_client, generate, steps_of
from tests.support.books import Books, Sale
from tests.support.shared_data import shared_data
from tests.support.shops import CABLE, FEE_BP, SHOPS, SOUND, TONER, Good, Shop, open_shops
from tests.support.site import Site, open_site
from tests.support.waiting import wait_until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.allow_hosts(["127.0.0.1"]),
]

RATE_BP = 1_000
TITLE = "周末书桌 quiet desk"
BODY = "三样东西，留在桌上的只有这些。\nA toner that lasts, a cable that holds.\n#书桌 #desk"
CREATOR, READER, KEEPER, BRAND = "mo_writes", "xiao_reads", "keeper", "brand_eye"
WAIT_SECONDS = 30
EVERY_SECONDS = 0.25
"""Rarely enough for the limits, which hold here."""


@dataclass
class Town:
    """The site of this story, its shops, and everybody in it by what they are called."""

    site: Site
    shops: dict[str, Shop]
    steps: Steps
    books: Books
    ids: dict[str, str] = field(default_factory=dict)
    goods: dict[str, dict[str, Any]] = field(default_factory=dict)

    def sale(self, good: Good) -> Sale:
        """Return what is sold with a good, and to whom it is credited."""
        merchant = f"merchant:{self.shops[good.shop].id}"
        return Sale(merchant, f"creator:{self.ids[CREATOR]}", good.price_fen, FEE_BP, RATE_BP)

    def product(self, good: Good) -> str:
        """Return the id of a good, found by its name."""
        if good.name not in self.goods:
            self.await_true(lambda: self._find(good))
        return str(self.goods[good.name]["id"])

    def await_true(self, is_true: Callable[[], object]) -> None:
        """Ask until it is so; what comes by the worker or the bank takes its time."""
        assert wait_until(is_true, WAIT_SECONDS, every=EVERY_SECONDS)

    def _find(self, good: Good) -> bool:
        found = self.steps(CREATOR, "finds_product", words=good.name)
        if found is None:
            return False
        assert found["name"] == good.name
        assert found["skus"][0]["price_fen"] == good.price_fen
        assert found["merchant_id"] == self.shops[good.shop].id
        self.goods[good.name] = found
        return True


@pytest.fixture(autouse=True)
def _rules() -> None:
    """The site is judged by its own commands: it is none of this process."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Generator[Site]:
    """A site of this story's own, with every limit that a real one has."""
    with open_site(tmp_path_factory.mktemp("journey")) as site:
        yield site


@pytest.fixture(scope="module")
def python() -> Path:
    """The environment of the generator, and of what it makes."""
    return environment_of_client()


@pytest.fixture(scope="module")
def document(site: Site) -> dict[str, Any]:
    """The document that the site serves."""
    return dict(httpx.get(f"{site.origin}/api/v1/openapi.json", trust_env=False).json())


def test_what_cannot_be_generated_is_seen(python: Path, document, tmp_path: Path) -> None:
    broken = json.loads(json.dumps(document))
    del broken["components"]["schemas"]["NoteOut"]
    file = tmp_path / "broken.json"
    file.write_text(json.dumps(broken))

    done = generate(python, file, tmp_path)

    assert done.returncode != 0
    assert "NoteOut" in done.stdout + done.stderr


def test_the_whole_story(site: Site, python: Path, document, tmp_path: Path) -> None:
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(document))
    done = generate(python, file, tmp_path)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    assert "warning" not in done.stdout.lower()

    with steps_of(python, tmp_path, site.origin) as steps:
        town = settle(site, steps, tmp_path)
        note_id = publish(town)
        first, second = find_and_buy(town, note_id)
        assert town.books.news() == {
            f"order-paid:{first}/paid": town.sale(TONER).paid(2),
            f"order-paid:{second}/paid": town.sale(CABLE).paid(3),
        }
        see_it_sold(town, note_id)
        refund_before_release(town, first)
        release(town, first, second)
        refund_after_release(town, second)
        refund_an_only_line(town, note_id)
        all_is_well(town)


def settle(site: Site, steps: Steps, folder: Path) -> Town:
    """Open three shops with real goods, which pay commission, and let everybody sign up."""
    site.trove("brand", "add", "xerox_brand", "Xerox")
    town = Town(site, open_shops(site, folder, SHOPS), steps, Books(site))
    for who in (KEEPER, CREATOR, BRAND):
        town.ids[who] = steps(who, "signs_up", handle=who)
    site.trove("member", "add", "brand", "xerox_brand", BRAND)
    for shop in town.shops.values():
        site.trove("member", "add", "merchant", shop.handle, KEEPER)
        assert steps(KEEPER, "sets_terms", merchant_id=shop.id, rate_bp=RATE_BP) == RATE_BP
    assert steps(CREATOR, "becomes_creator") is True
    return town


def draft(town: Town, pictures: list[str], *goods: Good) -> dict[str, Any]:
    """Return a note with these pictures, which tags goods on them, one each."""
    return {
        "title": TITLE,
        "body": BODY,
        "topics": ["书桌", "desk"],
        "pictures": [{"picture_id": one, "alt": f"第 {n} 张"} for n, one in enumerate(pictures)],
        "tags": [
            {"product_id": town.product(good), "picture": n, "x": 0.3, "y": 0.4}
            for n, good in enumerate(goods)
        ],
    }


def publish(town: Town) -> str:
    """Three real photographs, two products tagged on them."""
    folder = shared_data("photos") / "clothing"
    chosen = [min((folder / kind).glob("*.jpg")) for kind in ("dress", "hat", "shoes")]
    pictures = [town.steps(CREATOR, "uploads", photo=str(photo)) for photo in chosen]
    note = draft(town, pictures, TONER, CABLE)
    note_id = town.steps(CREATOR, "publishes", note=note)
    shown = town.steps(CREATOR, "reads", note_id=note_id)
    assert [one["picture"]["id"] for one in shown["pictures"]] == pictures
    placed = [[tag["product_id"] for tag in one["tags"]] for one in shown["pictures"]]
    assert placed == [[town.product(TONER)], [town.product(CABLE)], []]
    return str(note_id)


def find_and_buy(town: Town, note_id: str) -> tuple[str, str]:
    """Without an account: by either language, by a tag; then sign up and buy of two merchants."""
    for word in ("书桌", "quiet"):
        town.await_true(lambda word=word: TITLE in town.steps(READER, "finds", word=word))
        assert town.steps(READER, "finds", word=word)[TITLE] == note_id
    shown = town.steps(READER, "reads", note_id=note_id)
    assert shown["disclosure"] is True
    assert shown["touched"] == {"accepted": 1, "refused": []}
    touched = town.steps(READER, "taps", note_id=note_id, product_id=town.product(TONER))
    assert touched == {"accepted": 1, "refused": []}
    town.ids[READER] = town.steps(READER, "signs_up", handle=READER)
    town.steps(READER, "taps", note_id=note_id, product_id=town.product(CABLE))
    for good, pieces in ((TONER, 2), (CABLE, 3)):
        town.steps(READER, "puts_in_cart", product_id=town.product(good), pieces=pieces)
    placed = buy(town, town.steps(READER, "adds_address"))
    assert placed["total_fen"] == 2 * TONER.price_fen + 3 * CABLE.price_fen
    by_shop = {order["merchant_id"]: order["id"] for order in placed["orders"]}
    return tuple(by_shop[town.shops[good.shop].id] for good in (TONER, CABLE))  # type: ignore[return-value] # two goods


def buy(town: Town, address_id: str) -> dict[str, Any]:
    """Check out what is in the cart, pay it, and see that it is paid."""
    placed = town.steps(READER, "checks_out", address_id=address_id)
    assert town.books.news() == {}
    town.ids["address"] = address_id
    assert town.steps(READER, "pays", checkout_id=placed["id"]) == placed["total_fen"]
    paid = "sees_checkout"
    town.await_true(lambda: town.steps(READER, paid, checkout_id=placed["id"]) == "paid")
    return dict(placed)


def see_it_sold(town: Town, note_id: str) -> None:
    """The creator sees why and how much; the brand sees what was sold of its own."""
    earned = town.sale(TONER).commission(2) + town.sale(CABLE).commission(3)

    def told() -> bool:
        seen = town.steps(CREATOR, "studies")
        return any(one["figures"]["commission_fen"] == earned for one in seen["funnels"])

    town.await_true(told)
    seen = town.steps(CREATOR, "studies")
    assert seen["balance"]["pending_fen"] == earned
    assert [(one["note_id"], one["opens"]) for one in seen["funnels"]] == [(note_id, 2)]
    why = [(one["share"]["kind"], one["share"]["note_id"]) for one in seen["credits"]]
    assert why == [("tag_click", note_id)] * 2
    assert sum(one["change_fen"] for one in seen["entries"]) == earned
    board = town.steps(BRAND, "looks_at_brand", handle="xerox_brand")
    assert board["total"]["net_fen"] == 2 * TONER.price_fen
    (row,) = board["rows"]
    assert (row["key"], row["label"]) == (town.ids[CREATOR], CREATOR.title())
    assert CREATOR.title() in board["csv"]


def ask_and_grant(town: Town, good: Good, order_id: str) -> dict[str, Any]:
    """Ask for one piece back; nothing is posted before it is granted, and paid back."""
    asked = town.steps(READER, "asks_back", order_id=order_id, pieces=1)
    assert (asked["state"], asked["amount_fen"]) == ("asked", good.price_fen)
    assert town.books.news() == {}
    waiting = town.steps(KEEPER, "serves", merchant_id=town.shops[good.shop].id)
    assert asked["id"] in waiting[order_id]
    town.steps(KEEPER, "grants", refund_id=asked["id"])

    def confirmed() -> bool:
        seen = town.steps(READER, "sees_order", order_id=order_id)
        return bool(seen["refunds"][-1]["confirmed_at"])

    town.await_true(confirmed)
    found = town.books.news()
    assert list(found) == [f"refund:{asked['id']}/refunded"]
    return found


def refund_before_release(town: Town, order_id: str) -> None:
    """One of two pieces goes back while everything is pending."""
    (moves,) = ask_and_grant(town, TONER, order_id).values()
    assert moves == town.sale(TONER).refunded(2, 1, "pending")


def release(town: Town, first: str, second: str) -> None:
    """Shipped, received, and fifteen days later all that is left is payable."""
    for order_id in (first, second):
        assert town.steps(KEEPER, "ships", order_id=order_id) == "shipped"
        assert town.steps(READER, "receives", order_id=order_id) == "received"
    assert town.books.news() == {}
    town.site.trove("demo", "pass", "15d")
    done = {first: "completed", second: "completed"}
    town.await_true(lambda: town.steps(READER, "sees_orders") == done)
    assert town.books.news() == {
        f"order-released:{first}/{town.books.line_of(first)}": town.sale(TONER).released(1),
        f"order-released:{second}/{town.books.line_of(second)}": town.sale(CABLE).released(3),
    }
    earned = town.sale(TONER).commission(1) + town.sale(CABLE).commission(3)
    balance = town.steps(CREATOR, "studies")["balance"]
    assert balance == {
        "pending_fen": 0,
        "payable_fen": earned,
        "frozen_fen": 0,
        "receivable_fen": 0,
    }


def refund_after_release(town: Town, order_id: str) -> None:
    """One of three pieces goes back; both give from what is payable."""
    (moves,) = ask_and_grant(town, CABLE, order_id).values()
    sale = town.sale(CABLE)
    assert moves == sale.refunded(3, 2, "payable")
    assert town.books.stands(sale.merchant) == {"payable": sale.kept(2)}


def refund_an_only_line(town: Town, note_id: str) -> None:
    """A third merchant's only line, refunded whole: nothing is left of it anywhere."""
    sale = town.sale(SOUND)
    before = town.books.stands("platform"), town.books.stands(sale.creator)
    shown = town.steps(CREATOR, "reads", note_id=note_id)
    pictures = [one["picture"]["id"] for one in shown["pictures"]]
    note = draft(town, pictures, TONER, CABLE, SOUND)
    edited = town.steps(CREATOR, "edits", note_id=note_id, note=note)
    assert town.product(SOUND) in edited["product_ids"]
    town.steps(READER, "taps", note_id=note_id, product_id=town.product(SOUND))
    town.steps(READER, "puts_in_cart", product_id=town.product(SOUND), pieces=1)
    (order,) = buy(town, town.ids["address"])["orders"]
    assert town.books.news() == {f"order-paid:{order['id']}/paid": sale.paid(1)}
    (moves,) = ask_and_grant(town, SOUND, order["id"]).values()
    assert moves == sale.refunded(1, 0, "pending")
    assert town.books.stands(sale.merchant) == {}
    assert (town.books.stands("platform"), town.books.stands(sale.creator)) == before
    assert town.steps(READER, "sees_order", order_id=order["id"])["state"] == "cancelled"


def all_is_well(town: Town) -> None:
    """Ledger, figures and installation are clean, and no move is without its line."""
    assert town.site.trove("ledger", "audit")["clean"]
    assert town.site.trove("insights", "audit")["clean"]
    assert all(check["ok"] for check in town.site.trove("doctor"))
    assert town.site.rows("SELECT 1 FROM ledger_move WHERE line_id IS NULL") == []
