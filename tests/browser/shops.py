"""Merchants as the people who work for them see them: their staff, their terms."""

from collections.abc import Iterable

import httpx

from tests.browser.visitors import Visitor
from tests.support.shops import Shop
from tests.support.site import Site


def staff(site: Site, visitor: Visitor, shop: Shop) -> None:
    """Let somebody who has an account work for the merchant."""
    site.trove("member", "add", "merchant", shop.handle, visitor.handle)


def pay_commission(visitor: Visitor, shops: Iterable[Shop], rate_bp: int) -> None:
    """Set the terms of merchants as their staff, by the API, with a token made in the settings."""
    token = visitor.make_token("Write: notes, follows, addresses")
    for shop in shops:
        answer = httpx.put(
            f"{visitor.origin}/api/v1/merchants/{shop.id}/terms",
            headers={"Authorization": f"Bearer {token}"},
            json={"rate_bp": rate_bp},
        )
        assert answer.status_code == 200, answer.text
