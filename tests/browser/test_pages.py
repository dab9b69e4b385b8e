"""Every page in every look: nothing for axe to find, nothing wider than a phone, nothing that jumps."""

import gzip
import re
import secrets
from collections.abc import Callable, Generator, Iterator

import pytest
from playwright.sync_api import Browser, Page, Response

from tests.browser.conftest import visits
from tests.browser.looks import State, faults, first, open_over_the_feed, send_empty
from tests.browser.visitors import Visitor
from tests.support.site import Site, open_site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

CLS_MOST = 0.02
SCRIPT_BYTES_MOST = 25 * 1024

Visit = Callable[..., Visitor]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Generator[Site]:
    """The demo's town, served as `make run` does."""
    with open_site(tmp_path_factory.mktemp("town"), town=True, TROVE_LIMITS="false") as site:
        yield site


@pytest.fixture
def visit(chromium: Browser, town: Site) -> Iterator[Visit]:
    with visits(chromium, town) as visit:
        yield lambda name="", **more: visit(name, reduced_motion="reduce", **more)


def look_around(visit: Visit, role: str) -> Visitor:
    """Sign in as somebody of the town, by the bar on top."""
    visitor = visit(role)
    visitor.page.goto("/?lang=en")
    visitor.page.locator(".demo").get_by_role("button", name=role, exact=True).click()
    visitor.page.wait_for_url("**/*")
    return visitor


def found_in(states: list[State], chromium: Browser, visitor: Visitor) -> list[str]:
    """Return what is wrong in any look, in a context where chromium may complain of a refusal."""
    kept = visitor.page.context.storage_state()
    context = chromium.new_context(
        base_url=visitor.origin, storage_state=kept, reduced_motion="reduce"
    )
    found = [fault for one in states for fault in faults(context, one, visitor.origin)]
    context.close()
    return found


def as_anybody(page: Page) -> list[State]:
    note = first(page, "/", "/note/")
    product = first(page, "/search?type=product", "/p/")
    return [
        State("feed", "/"),
        State("note over the feed", "/", open_over_the_feed),
        State("note", note),
        State("product", product),
        State("profile", first(page, note, "/u/")),
        State("brand", first(page, product, "/b/")),
        State("search", "/search?q=茶"),
        State("search for goods", "/search?q=茶&type=product"),
        State("search that finds nothing", "/search?q=zzqqxx"),
        State("sign-in", "/signin"),
        State("sign-in refused", "/signin", send_empty),
        State("sign-up", "/signup"),
        State("sign-up refused", "/signup", send_empty),
        State("developers", "/developers"),
        State("error codes", "/developers/errors"),
    ]


def as_reader(page: Page) -> list[State]:
    return [
        State("feed of somebody", "/"),
        State("orders", "/orders"),
        State("order", first(page, "/orders", "/orders/order_")),
        State("saved", "/saved"),
        State("settings", "/settings"),
    ]


def as_creator(page: Page) -> list[State]:
    handle = re.search(r'href="(/u/[^"?]+)', page.content())
    assert handle
    note = first(page, handle[1], "/note/")
    return [
        State("studio", "/studio"),
        State("compose", "/studio/compose"),
        State("compose refused", "/studio/compose", send_empty),
        State("edit", f"{note}/edit"),
    ]


def as_merchant(page: Page) -> list[State]:
    orders = first(page, "/", "/shop/")
    return [
        State("orders of a shop", orders),
        State("order to ship", first(page, orders, "/orders/order_")),
        State("nothing on its way", f"{orders}?state=shipped"),
    ]


def as_brand(page: Page) -> list[State]:
    board = first(page, "/", "/brand/")
    return [State("dashboard", board), State("dashboard of a week", f"{board}?span=7&dates=order")]


ROLES = {
    "": as_anybody,
    "reader": as_reader,
    "creator": as_creator,
    "merchant": as_merchant,
    "brand": as_brand,
}


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role or "anybody")
def test_every_page_stands_up_to_every_look(chromium: Browser, visit: Visit, role: str) -> None:
    visitor = look_around(visit, role) if role else visit()
    states = ROLES[role](visitor.page)

    assert found_in(states, chromium, visitor) == []


def test_who_has_nothing_yet_is_told_what_to_do(chromium: Browser, visit: Visit) -> None:
    visitor = visit(f"new_{secrets.token_hex(4)}")
    visitor.sign_up()
    empty = [State(path, path) for path in ("/cart", "/orders", "/saved", "/studio", "/checkout")]

    assert found_in(empty, chromium, visitor) == []
    for one in empty:
        visitor.page.goto(one.path)
        assert visitor.page.locator("main a.btn, main button").count(), one.path


def test_buying_in_every_look(chromium: Browser, visit: Visit, town: Site) -> None:
    visitor = look_around(visit, "reader")
    page = visitor.page
    page.goto(first(page, "/search?type=product", "/p/"))
    visitor.put_in_cart(1)
    found = found_in([State("cart", "/cart"), State("checkout", "/checkout")], chromium, visitor)
    visitor.check_out()
    found += found_in([State("payment", page.url.removeprefix(town.origin))], chromium, visitor)
    page.get_by_role("button", name="Pay now").click()
    page.wait_for_url("**/wallet/**")
    found += found_in([State("wallet", page.url.removeprefix(town.origin))], chromium, visitor)
    page.get_by_label("How the bank behaves").select_option("late")
    page.get_by_role("button", name=re.compile("^Pay ¥")).click()
    page.wait_for_url("**/pay/**")
    found += found_in([State("waiting", page.url.removeprefix(town.origin))], chromium, visitor)

    assert found == []


def test_who_looks_around_as_a_merchant_can_send_every_order(visit: Visit, town: Site) -> None:
    page = look_around(visit, "merchant").page
    shops = town.rows("SELECT handle FROM catalogue_merchant")

    assert len(shops) > 1
    for shop in shops:
        answer = page.goto(f"/shop/{shop.handle}/orders")
        assert answer is not None
        assert answer.ok, shop.handle


@pytest.mark.parametrize("status", [404, 422])
def test_what_is_refused_is_a_page_too(chromium: Browser, town: Site, status: int) -> None:
    """Apart from the others: chromium itself complains of the status on the console."""
    context = chromium.new_context(base_url=town.origin)
    path = {404: "/nowhere", 422: "/?cursor=nonsense"}[status]
    answer = context.request.get(path)
    assert answer.status == status

    found = faults(context, State(f"error {status}", path), town.origin)

    context.close()
    assert found == []


@pytest.mark.parametrize("width", [1360, 390])
def test_the_feed_does_not_jump_and_its_scripts_are_small(visit: Visit, width: int) -> None:
    page = visit().page
    page.set_viewport_size({"width": width, "height": 850})
    scripts: dict[str, Response] = {}

    def note(answer: Response) -> None:
        if answer.request.resource_type == "script":
            scripts[answer.url] = answer

    page.on("response", note)
    page.add_init_script(
        "window.shifted = 0; new PerformanceObserver(list => {"
        " for (const one of list.getEntries()) if (!one.hadRecentInput) window.shifted += one.value"
        "}).observe({type: 'layout-shift', buffered: true})"
    )
    page.goto("/", wait_until="networkidle")
    for _ in range(6):
        page.mouse.wheel(0, 700)
        page.wait_for_load_state("networkidle")

    assert page.locator("main a[href^='/note/']").count() > 12
    assert page.evaluate("() => window.shifted") <= CLS_MOST
    assert scripts
    assert sum(len(gzip.compress(one.body())) for one in scripts.values()) <= SCRIPT_BYTES_MOST
