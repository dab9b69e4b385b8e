"""A small town for tests: merchants, brands, products, notes, addresses; made through the doors."""

import io
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask.testing import FlaskClient
from PIL import Image

from app.accounts import api as accounts
from app.accounts.api import AddressDraft
from app.catalogue import api as catalogue
from app.catalogue.api import ProductDraft, SkuDraft
from app.kernel.ids import AccountId, AddressId, BrandId, MerchantId, NoteId, ProductId, SkuId
from app.pictures import api as pictures
from app.platform.uow import UnitOfWork, snapshot, transact
from app.programmes import api as programmes
from tests.support.people import Person

PRICE_FEN = 10_000


@dataclass(frozen=True)
class Shop:
    """A merchant with one brand of its own name, a member of its staff, and its terms."""

    merchant_id: MerchantId
    brand_id: BrandId
    staff: Person


@dataclass(frozen=True)
class Thing:
    """A product with one SKU."""

    product_id: ProductId
    sku_id: SkuId


def open_shop(staff: Person, handle: str, *, rate_bp: int | None = 1_000) -> Shop:
    """Open a shop that ``staff`` works for; with ``rate_bp`` it pays commission."""

    def work(uow: UnitOfWork) -> Shop:
        merchant_id = catalogue.add_merchant(uow, handle=handle, name=handle.title())
        brand_id = catalogue.add_brand(uow, handle=f"{handle}_brand", name=f"{handle} brand")
        catalogue.add_member(uow, kind="merchant", handle=handle, account_id=staff.id)
        catalogue.add_member(uow, kind="brand", handle=f"{handle}_brand", account_id=staff.id)
        if rate_bp is not None:
            programmes.set_terms(uow, merchant_id=merchant_id, rate_bp=rate_bp, by=staff.id)
        return Shop(merchant_id, brand_id, staff)

    return transact(work)


def stock_thing(
    shop: Shop, name: str = "Lipstick", *, price_fen: int = PRICE_FEN, stock: int = 10
) -> Thing:
    """Put a product with one SKU on the shelf."""
    draft = ProductDraft(
        brand_id=shop.brand_id,
        name=name,
        skus=(SkuDraft(code=name, name="one size", price_fen=price_fen, stock=stock),),
    )
    product_id = transact(partial(catalogue.add_product, merchant_id=shop.merchant_id, draft=draft))
    with snapshot() as view:
        seen = catalogue.product(view, product_id=product_id)
    return Thing(product_id, seen.skus[0].id)


def picture_bytes(color: str = "teal", width: int = 90, height: int = 120) -> bytes:
    """Return a picture of one colour."""
    out = io.BytesIO()
    Image.new("RGB", (width, height), color).save(out, "PNG")
    return out.getvalue()


def publish(
    author: Person, *things: Thing, title: str = "Worth it", body: str = "", color: str = "teal"
) -> NoteId:
    """Publish a note over HTTP that tags ``things``."""
    picture_id = pictures.upload(owner_id=author.id, data=picture_bytes(color))
    tags = [{"product_id": thing.product_id, "picture": 0, "x": 0.5, "y": 0.5} for thing in things]
    body_ = {"title": title, "body": body, "pictures": [{"picture_id": picture_id}], "tags": tags}
    answer = author.client.post("/api/v1/notes", json=body_, headers=author.bearer)
    assert answer.status_code == 201, answer.text
    return NoteId(answer.get_json()["id"])


def touch(reader: Person, note_id: NoteId, author: Person, *things: Thing, kind: str) -> None:
    """Have a reader touch a note, as its page would report."""
    from app.touches import api as touches
    from app.touches.api import TaggedProduct, Toucher

    def work(uow: UnitOfWork) -> int:
        owners = catalogue.owners_of(uow, product_ids=[one.product_id for one in things])
        goods = [TaggedProduct(one.product_id, *owners[one.product_id]) for one in things]
        token = touches.mint(
            device_id=reader.device_id,
            note_id=note_id,
            author_id=author.id,
            goods=goods,
            now=uow.now,
        )
        by = Toucher(reader.device_id, reader.id)
        return touches.record(uow, presented=[(token, kind)], by=by).accepted

    assert transact(work) == 1


def add_address(account_id: AccountId) -> AddressId:
    """Give somebody an address; whoever has one keeps it."""
    with snapshot() as view:
        if kept := accounts.addresses(view, account_id=account_id):
            return kept[0].id
    draft = AddressDraft("Li Lei", "+8613800138000", "Shanghai", "Road 1")
    return transact(partial(accounts.add_address, account_id=account_id, draft=draft))


def place(buyer: Person, wants: dict[Thing, int], *, key: str = "place") -> dict[str, Any]:
    """Preview and place a checkout over HTTP; return it."""
    lines = [{"sku_id": thing.sku_id, "quantity": count} for thing, count in wants.items()]
    seen = post(buyer, "/api/v1/checkouts/previews", {"lines": lines})
    assert seen.status_code == 200, seen.text
    body = {"preview": seen.get_json()["preview"], "address_id": add_address(buyer.id)}
    placed = post(buyer, "/api/v1/checkouts", body, key=key)
    assert placed.status_code == 201, placed.text
    return dict(placed.get_json())


def post(
    who: Person, path: str, body: object = None, *, key: str | None = None, method: str = "POST"
) -> Any:
    """Send JSON as an API client of ``who``."""
    headers = {**who.bearer, **({"Idempotency-Key": key} if key else {})}
    client: FlaskClient = who.client
    return client.open(path, method=method, json=body, headers=headers)
