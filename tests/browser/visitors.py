"""What people do on the pages, by what they see there: labels, buttons, links."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.support.waiting import wait_until

PASSWORD = "correct horse battery"
WAIT_SECONDS = 30
"""What comes by the worker or the bank is there within so many seconds, on a busy machine too."""


@dataclass
class Visitor:
    """Somebody with a browser of their own; ``handle`` is what they sign up with."""

    page: Page
    handle: str

    @property
    def origin(self) -> str:
        """Where the site is."""
        return "/".join(self.page.url.split("/")[:3])

    # Getting in.

    def fill_sign_up(self) -> None:
        """Fill and send the form to sign up, which is on the page."""
        self.page.get_by_label("Handle").fill(self.handle)
        self.page.get_by_label("Name", exact=True).fill(self.handle.title())
        self.page.get_by_label("E-mail address (optional)").fill(f"{self.handle}@example.org")
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Make an account").click()
        expect(self.page.get_by_role("heading", name="Make an account")).to_have_count(0)

    def fill_sign_in(self) -> None:
        """Fill and send the form to sign in, which is on the page."""
        self.page.get_by_label("E-mail or phone number").fill(f"{self.handle}@example.org")
        self.page.get_by_label("Password").fill(PASSWORD)
        self.main.get_by_role("button", name="Sign in").click()
        expect(self.page.get_by_role("heading", name="Sign in")).to_have_count(0)

    def sign_up(self) -> None:
        """Sign up from the front page."""
        self.page.goto("/")
        self.page.get_by_role("banner").get_by_role("link", name="Sign in").click()
        self.page.get_by_role("link", name="Make an account").click()
        self.fill_sign_up()

    def sign_out(self) -> None:
        """Sign out by the menu of the account."""
        self.page.get_by_role("banner").get_by_text("Your account").locator("xpath=..").click()
        self.page.get_by_role("button", name="Sign out").click()
        expect(self.toast("You are signed out.")).to_be_visible()

    def become_creator(self) -> None:
        """Switch to creator in the settings."""
        self.page.goto("/settings")
        self.page.get_by_label("I accept the terms").check()
        self.page.get_by_role("button", name="Become a creator").click()
        expect(self.page.get_by_role("button", name="Earn no longer")).to_be_visible()

    def make_token(self, *scopes: str) -> str:
        """Make a token for a program; return its secret, which is shown once."""
        self.page.goto("/settings")
        section = self.page.get_by_role("region", name="Tokens for programs")
        section.get_by_text("Make a token").first.click()
        section.get_by_label("Name").fill("terms")
        for scope in scopes:
            section.get_by_label(scope).check()
        section.get_by_role("button", name="Make a token").click()
        return section.locator("code.secret").inner_text()

    # Writing.

    def choose_pictures(self, photos: Sequence[Path]) -> None:
        """Choose photographs in the composer, and wait until all have arrived."""
        before = self.page.locator(".thumbs > li").count()
        self.page.locator("input[type=file]").set_input_files(list(photos))
        arrived = self.page.locator(".thumbs > li:not(.waiting):not(.failed)")
        expect(arrived).to_have_count(before + len(photos))
        expect(self.page.locator(".thumbs > li.waiting")).to_have_count(0)

    def tag(self, words: str, x: float, y: float) -> None:
        """Tap the picture at a place, and tag there the product that the words find first."""
        stage = self.page.locator(".stage")
        box = stage.bounding_box()
        assert box is not None
        stage.click(position={"x": box["width"] * x, "y": box["height"] * y})
        self.page.get_by_label("Which product is it?").fill(words)
        self.page.get_by_role("option", name=words).first.click()
        expect(self.page.get_by_label("Which product is it?")).to_have_count(0)

    # Buying.

    def add_address(self) -> None:
        """Add an address in the settings, which is open there."""
        section = self.page.get_by_role("region", name="Addresses")
        section.get_by_label("Recipient").fill("林夏")
        section.get_by_label("Phone number").fill("138 1234 1234")
        section.get_by_label("Province, city and district").fill("上海市 徐汇区")
        section.get_by_label("Street, house and room").fill("梧桐路 1 号")
        section.get_by_role("button", name="Add").click()
        expect(self.toast("The address is saved.")).to_be_visible()

    def put_in_cart(self, pieces: int) -> None:
        """Put so many of the product that is shown into the cart."""
        self.page.get_by_label("How many").fill(str(pieces))
        self.page.get_by_role("button", name="Into the cart").click()
        expect(self.page.get_by_role("heading", name="Cart")).to_be_visible()

    def check_out(self) -> None:
        """Place the order for what is in the cart."""
        self.page.goto("/cart")
        self.page.get_by_role("link", name="To the checkout").click()
        self.page.get_by_role("button", name="Place the order").click()
        expect(self.page.get_by_role("heading", name="Payment")).to_be_visible()

    def pay(self, *, by_itself: bool = True) -> None:
        """Pay the order that is shown from the sandbox's wallet, and see that it is paid.

        The page says so ``by_itself``, or with scripts off when it is looked at again.
        """
        self.page.get_by_role("button", name="Pay now").click()
        self.page.get_by_role("button", name=re.compile("^Pay ¥")).click()
        expect(self.page.get_by_role("heading", name="Payment")).to_be_visible()
        paid = self.page.get_by_text("Paid. The sellers have been told.")
        if by_itself:
            expect(paid).to_be_visible(timeout=WAIT_SECONDS * 1000)
        else:
            self.await_shown(paid)

    def order_from(self, merchant: str) -> str:
        """Open one's newest order from a merchant; return its id."""
        self.page.goto("/orders")
        row = self.main.get_by_role("listitem").filter(has_text=merchant).first
        row.get_by_role("link", name=re.compile("^Open")).click()
        expect(self.page.get_by_role("heading", name=f"Order from {merchant}")).to_be_visible()
        return self.page.url.rpartition("/")[2]

    def ask_back(self, order_id: str, pieces: int) -> None:
        """Ask the money for so many pieces of an order's only line back."""
        self.page.goto(f"/orders/{order_id}")
        self.main.get_by_text("Ask money back").click()
        self.main.get_by_role("spinbutton").fill(str(pieces))
        self.main.get_by_label("Why").fill("另一种颜色 another colour")
        self.main.get_by_role("button", name="Ask the seller").click()
        expect(self.toast("The seller has been asked.")).to_be_visible()

    def receive(self, order_id: str) -> None:
        """Say that one has the goods."""
        self.page.goto(f"/orders/{order_id}")
        self.main.get_by_role("button", name="I have it").click()
        expect(self.toast("Thank you. Enjoy it.")).to_be_visible()

    # Selling.

    def ship(self, shop: str, order_id: str) -> None:
        """Ship an order, as the merchant's staff find it in their list."""
        self.page.goto(f"/shop/{shop}/orders")
        self.main.get_by_role("link", name=f"Open {order_id}").click()
        self.main.get_by_label("Carrier").fill("顺丰")
        self.main.get_by_label("Number").fill("SF 1234")
        self.main.get_by_role("button", name="Shipped").click()
        expect(self.toast("Marked as shipped.")).to_be_visible()

    def grant(self, shop: str, order_id: str) -> None:
        """Grant the refund that is asked of an order, and see it paid back."""
        self.page.goto(f"/shop/{shop}/orders")
        self.main.get_by_role("link", name=f"Decide {order_id}").click()
        self.main.get_by_role("button", name="Grant").click()
        expect(self.toast("The buyer has been told.")).to_be_visible()
        refunds = self.page.get_by_role("region", name="Refunds")
        self.await_shown(refunds.get_by_text("paid back", exact=True))

    # Looking.

    @property
    def main(self) -> Locator:
        """The content of the page, without what stands around it."""
        return self.page.get_by_role("main")

    def toast(self, words: str) -> Locator:
        """What is said once at the foot of the page."""
        return self.page.locator("toast-area").get_by_text(words)

    def await_shown(self, sought: Locator) -> None:
        """Reload the page until it shows what is sought, as a person would who is told to."""

        def shown() -> bool:
            self.page.reload()
            return sought.count() > 0

        if sought.count() == 0:
            assert wait_until(shown, WAIT_SECONDS), (
                f"never shown: {sought}\n{self.main.inner_text()}"
            )
