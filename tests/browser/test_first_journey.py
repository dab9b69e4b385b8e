"""From a published note to the creator's money, as people live it: in browsers, at a site that runs.

No job is called and no clock is set here; time passes by `trove demo pass`. What the ledger has to
say after each step is written out from its table (docs/adr/0003-money-and-rounding.md), not asked
of the code that posts it.
"""

import re
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import visits
from tests.browser.shops import pay_commission, staff
from tests.browser.visitors import Visitor
from tests.support.books import Books, Sale
from tests.support.shared_data import shared_data
from tests.support.shops import CABLE, FEE_BP, SHOPS, SOUND, TONER, Good, Shop, open_shops
from tests.support.site import Site, open_site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

RATE_BP = 1_000
TITLE = "周末书桌 quiet desk"
BODY = "三样东西，留在桌上的只有这些。\nA toner that lasts, a cable that holds.\n#书桌 #desk"


@dataclass
class Town:
    """The site of this story, and everybody in it, each with a browser of their own."""

    site: Site
    shops: dict[str, Shop]
    staff: Visitor
    creator: Visitor
    reader: Visitor
    books: Books

    def id_of(self, visitor: Visitor) -> str:
        """Return the id of somebody's account."""
        asked = "SELECT id FROM accounts_account WHERE handle = :handle"
        return str(self.site.rows(asked, handle=visitor.handle)[0].id)

    def sale(self, good: Good) -> Sale:
        """Return what is sold with a good, and to whom it is credited."""
        merchant = f"merchant:{self.shops[good.shop].id}"
        return Sale(
            merchant, f"creator:{self.id_of(self.creator)}", good.price_fen, FEE_BP, RATE_BP
        )


@pytest.fixture(scope="module")
def own_site(tmp_path_factory: pytest.TempPathFactory) -> Generator[Site]:
    """A site of this story's own, with every limit that a real one has."""
    with open_site(tmp_path_factory.mktemp("journey")) as site:
        yield site


@pytest.fixture
def visit(chromium: Browser, own_site: Site) -> Iterator[Callable[..., Visitor]]:
    """Open a browser of its own at the site of this story."""
    with visits(chromium, own_site) as visit:
        yield visit


def test_the_whole_story(visit: Callable[..., Visitor], own_site: Site, tmp_path: Path) -> None:
    town = settle(own_site, visit, tmp_path)
    publish(town)
    find_and_buy(town)
    first, second = (town.reader.order_from(town.shops[good.shop].name) for good in (TONER, CABLE))
    assert town.books.news() == {
        f"order-paid:{first}/paid": town.sale(TONER).paid(2),
        f"order-paid:{second}/paid": town.sale(CABLE).paid(3),
    }
    see_it_sold(town, visit)
    refund_before_release(town, first)
    release(town, first, second)
    refund_after_release(town, second)
    refund_an_only_line(town)
    all_is_well(town)


def settle(site: Site, visit: Callable[..., Visitor], folder: Path) -> Town:
    """Open three shops with real goods, which pay commission, and let everybody sign up."""
    site.trove("brand", "add", "xerox_brand", "Xerox")
    shops = open_shops(site, folder, SHOPS)
    seller, creator, reader = visit("keeper"), visit("mo_writes"), visit("xiao_reads")
    seller.sign_up()
    for shop in shops.values():
        staff(site, seller, shop)
    pay_commission(seller, shops.values(), RATE_BP)
    creator.sign_up()
    creator.become_creator()
    return Town(site, shops, seller, creator, reader, Books(site))


def publish(town: Town) -> None:
    """Three real photographs, two products tagged on them."""
    page, photos = town.creator.page, shared_data("photos") / "clothing"
    chosen = [min((photos / kind).glob("*.jpg")) for kind in ("dress", "hat", "shoes")]
    page.goto("/")
    page.get_by_role("banner").get_by_role("link", name="Publish").click()
    town.creator.choose_pictures(chosen)
    town.creator.tag(TONER.name, 0.3, 0.4)
    page.get_by_role("button", name="Show picture 2 and its tags").click()
    town.creator.tag(CABLE.name, 0.7, 0.6)
    page.get_by_label("Title").fill(TITLE)
    page.get_by_role("textbox", name=re.compile("^Text")).fill(BODY)
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_role("heading", name=TITLE)).to_be_visible()
    expect(page.locator(".slide img")).to_have_count(3)
    rows = town.site.rows("SELECT picture, x, y FROM content_note_tag ORDER BY picture")
    placed = [(row.picture, round(row.x, 1), round(row.y, 1)) for row in rows]
    assert placed == [(0, 0.3, 0.4), (1, 0.7, 0.6)]


def find_and_buy(town: Town) -> None:
    """Without an account: by either language, over the feed, a tag; then sign up and buy."""
    reader, page = town.reader, town.reader.page
    page.goto("/")
    box = page.get_by_role("combobox", name="Search notes, products, people")
    for word in ("书桌", "quiet"):
        box.fill(word)
        box.press("Enter")
        reader.await_shown(page.get_by_role("link", name=TITLE))
    page.get_by_role("link", name="Trove").first.click()
    page.get_by_role("link", name=TITLE).click()
    sheet = page.get_by_role("dialog", name=TITLE)
    expect(sheet).to_be_visible()
    expect(sheet.get_by_text("the author may earn a commission")).to_be_visible()
    sheet.locator("a.hot").filter(has_text=TONER.name).click()
    expect(page.get_by_role("heading", name=TONER.name)).to_be_visible()
    tapped = page.url
    page.get_by_role("button", name="Into the cart").click()
    page.get_by_role("link", name="Make an account").click()
    reader.fill_sign_up()
    assert page.url.partition("?")[0] == tapped.partition("?")[0]
    reader.put_in_cart(2)
    page.goto("/")
    page.get_by_role("link", name=TITLE).click()
    sheet.locator(".good-row").filter(has_text=CABLE.name).get_by_role("link").click()
    reader.put_in_cart(3)
    page.get_by_role("link", name="To the checkout").click()
    page.get_by_role("link", name="Add one in the settings").click()
    reader.add_address()
    reader.check_out()
    expect(page.locator(".amount")).to_have_text(yuan(2 * TONER.price_fen + 3 * CABLE.price_fen))
    reader.pay()


def see_it_sold(town: Town, visit: Callable[..., Visitor]) -> None:
    """The creator sees why and how much; the brand sees what was sold of its own."""
    creator, brand = town.creator, visit("brand_eye")
    earned = town.sale(TONER).commission(2) + town.sale(CABLE).commission(3)
    page = creator.page
    page.goto("/studio")
    creator.await_shown(page.get_by_role("row", name=TITLE).get_by_role("cell", name=yuan(earned)))
    expect(page.locator(".stat").filter(has_text="Pending")).to_contain_text(yuan(earned))
    credited = page.get_by_role("region", name="Orders credited to you")
    expect(credited.get_by_text(f"Credited because of a tag tapped in “{TITLE}”")).to_have_count(2)
    brand.sign_up()
    town.site.trove("member", "add", "brand", "xerox_brand", brand.handle)
    brand.page.goto("/")
    brand.page.get_by_text("Your account: Brand_Eye").locator("..").click()
    brand.page.get_by_role("link", name="Xerox").click()
    sold = brand.page.locator(".stat").filter(has_text="Sold")
    brand.await_shown(sold.filter(has_text=yuan(2 * TONER.price_fen)))
    by_creator = brand.page.get_by_role("region", name="Creators").first
    expect(by_creator.get_by_role("row", name="Mo_Writes")).to_contain_text(
        yuan(2 * TONER.price_fen)
    )


def refund_before_release(town: Town, order_id: str) -> None:
    """One of two pieces goes back while everything is pending."""
    town.reader.ask_back(order_id, 1)
    assert town.books.news() == {}
    town.staff.grant(TONER.shop, order_id)
    ((fact, moves),) = town.books.news().items()
    assert fact.startswith("refund:")
    assert fact.endswith("/refunded")
    assert moves == town.sale(TONER).refunded(2, 1, "pending")


def release(town: Town, first: str, second: str) -> None:
    """Shipped, received, and fifteen days later all that is left is payable."""
    for good, order_id in ((TONER, first), (CABLE, second)):
        town.staff.ship(good.shop, order_id)
        town.reader.receive(order_id)
    assert town.books.news() == {}
    town.site.trove("demo", "pass", "15d")
    for order_id in (first, second):
        town.reader.page.goto(f"/orders/{order_id}")
        town.reader.await_shown(town.reader.main.get_by_text("completed", exact=True))
    assert town.books.news() == {
        f"order-released:{first}/{town.books.line_of(first)}": town.sale(TONER).released(1),
        f"order-released:{second}/{town.books.line_of(second)}": town.sale(CABLE).released(3),
    }
    earned = town.sale(TONER).commission(1) + town.sale(CABLE).commission(3)
    town.creator.page.goto("/studio")
    payable = town.creator.page.locator(".stat").filter(has_text="Payable")
    expect(payable).to_contain_text(yuan(earned))


def refund_after_release(town: Town, order_id: str) -> None:
    """One of three pieces goes back; both give from what is payable."""
    town.reader.ask_back(order_id, 1)
    town.staff.grant(CABLE.shop, order_id)
    (moves,) = town.books.news().values()
    assert moves == town.sale(CABLE).refunded(3, 2, "payable")
    sale = town.sale(CABLE)
    assert town.books.stands(sale.merchant) == {"payable": sale.kept(2)}


def refund_an_only_line(town: Town) -> None:
    """A third merchant's only line, refunded whole: nothing is left of it anywhere."""
    creator, reader = town.creator, town.reader
    before = town.books.stands("platform"), town.books.stands(f"creator:{town.id_of(creator)}")
    creator.page.goto(f"/u/{creator.handle}")
    creator.page.get_by_role("link", name=TITLE).click()
    creator.page.get_by_role("dialog").get_by_role("link", name="Edit").click()
    creator.tag(SOUND.name, 0.5, 0.8)
    creator.page.get_by_role("button", name="Save").click()
    expect(creator.page.get_by_role("heading", name=TITLE)).to_be_visible()

    reader.page.goto("/")
    reader.page.get_by_role("link", name=TITLE).click()
    sheet = reader.page.get_by_role("dialog", name=TITLE)
    sheet.locator("a.hot").filter(has_text=SOUND.name).click()
    reader.put_in_cart(1)
    reader.check_out()
    reader.pay()
    order_id = reader.order_from(town.shops[SOUND.shop].name)
    assert town.books.news() == {f"order-paid:{order_id}/paid": town.sale(SOUND).paid(1)}
    reader.ask_back(order_id, 1)
    town.staff.grant(SOUND.shop, order_id)
    (moves,) = town.books.news().values()
    assert moves == town.sale(SOUND).refunded(1, 0, "pending")
    assert town.books.stands(f"merchant:{town.shops[SOUND.shop].id}") == {}
    after = town.books.stands("platform"), town.books.stands(f"creator:{town.id_of(creator)}")
    assert after == before
    reader.page.goto(f"/orders/{order_id}")
    expect(reader.main.get_by_text("cancelled", exact=True)).to_be_visible()


def all_is_well(town: Town) -> None:
    """Ledger, figures and installation are clean, and no move is without its line."""
    assert town.site.trove("ledger", "audit")["clean"]
    assert town.site.trove("insights", "audit")["clean"]
    assert all(check["ok"] for check in town.site.trove("doctor"))
    assert town.site.rows("SELECT 1 FROM ledger_move WHERE line_id IS NULL") == []


def yuan(fen: int) -> str:
    """Return a sum as the pages show it."""
    return f"¥{fen // 100:,}.{fen % 100:02d}"
