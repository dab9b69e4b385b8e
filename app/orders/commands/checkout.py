"""From a preview to orders that wait for their money; lapsing and cancelling them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from flask import current_app
from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy import select, update

from app.accounts import api as accounts
from app.catalogue import api as catalogue
from app.events.orders import ChargeAbandoned, OrderCancelled, OrderLapsed, OrderPlaced
from app.kernel.ids import (
    AccountId,
    AddressId,
    CheckoutId,
    OrderId,
    PaymentId,
    SkuId,
    mint,
)
from app.kernel.problems import NotFound
from app.kernel.time import from_ms, to_ms
from app.orders import queries
from app.orders.commands.cart import drop_line
from app.orders.commands.steps import write_step
from app.orders.errors import (
    AddressMissing,
    CheckoutChanged,
    NotForSale,
    NothingChosen,
    PreviewStale,
    WrongState,
)
from app.orders.models import AllocationRow, CheckoutRow, LineRow, OrderRow, PaymentRow
from app.orders.queries.cart import offers
from app.orders.rules import PREVIEW_SECONDS, Parcel, Preview, Wanted, preview
from app.orders.states import OrderState
from app.platform.uow import Snapshot, UnitOfWork
from app.settings import Settings


@dataclass(frozen=True, slots=True)
class PlacedCheckout:
    """A new checkout, its payment, and its orders in the order of the preview."""

    checkout_id: CheckoutId
    payment_id: PaymentId
    order_ids: tuple[OrderId, ...]


def look(view: Snapshot, *, wanted: Sequence[Wanted]) -> Preview:
    """Return what ``wanted`` costs now.

    Raises:
        NothingChosen: it is empty.
        NotForSale: a SKU is not there at all.
    """
    if not wanted:
        raise NothingChosen
    found = offers(view, sku_ids=[want.sku_id for want in wanted])
    missing = [want.sku_id for want in wanted if want.sku_id not in found]
    if missing:
        raise NotForSale(sku_ids=missing)
    return preview(wanted, found, at=view.now)


def sign_preview(seen: Preview, *, buyer_id: AccountId) -> str:
    """Return a token that binds lines, prices, total and instant for five minutes."""
    said = [buyer_id, seen.terms(), seen.total_fen, to_ms(seen.instant)]
    return str(_serializer().dumps(said))


def place(
    uow: UnitOfWork, *, buyer_id: AccountId, token: str, address_id: AddressId
) -> PlacedCheckout:
    """Place one order a merchant for what the preview ``token`` binds, and reserve the goods.

    Everything is derived anew; the token only says what the buyer agreed to and when.

    Raises:
        PreviewStale: the token is not ours, not theirs, or older than five minutes.
        CheckoutChanged: price or stock is another now; the facts hold the new preview's token.
        AddressMissing: the address is not theirs.
    """
    wanted, agreed, instant_ms = _read(uow, token, buyer_id)
    try:
        now_seen = look(uow, wanted=wanted)
    except NotForSale as gone:
        raise CheckoutChanged(sku_ids=gone.facts["sku_ids"], preview=None) from None
    if now_seen.terms() != agreed or now_seen.short:
        short = [quote.offer.sku_id for quote in now_seen.short]
        fresh = None if short else sign_preview(now_seen, buyer_id=buyer_id)
        raise CheckoutChanged(sku_ids=short, total_fen=now_seen.total_fen, preview=fresh)
    try:
        address = accounts.address(uow, account_id=buyer_id, address_id=address_id)
    except NotFound:
        raise AddressMissing from None
    placed = _write(uow, buyer_id, Preview(now_seen.parcels, from_ms(instant_ms)), address)
    drop_line(uow, account_id=buyer_id, sku_ids=[want.sku_id for want in wanted])
    return placed


def cancel(uow: UnitOfWork, *, checkout_id: CheckoutId, buyer_id: AccountId) -> None:
    """Call off a checkout that is not paid; all of it.

    Raises:
        NotFound: it is not theirs.
        WrongState: it is paid, or has ended.
    """
    seen = queries.checkout(uow, checkout_id=checkout_id, buyer_id=buyer_id)
    if seen.state == "cancelled":
        return
    if not _end(uow, seen, OrderState.CANCELLED, by="buyer"):
        raise WrongState(state=seen.state)


def lapse(uow: UnitOfWork, *, checkout_id: CheckoutId) -> bool:
    """Let a checkout lapse whose time is over; tell whether it did."""
    seen = queries.checkout(uow, checkout_id=checkout_id)
    return seen.lapses_at <= uow.now and _end(uow, seen, OrderState.LAPSED, by="clock")


def _end(uow: UnitOfWork, seen: queries.CheckoutView, state: OrderState, *, by: str) -> bool:
    ended = (
        update(CheckoutRow)
        .where(CheckoutRow.id == seen.id, CheckoutRow.state == "placed")
        .values(state=state)
    )
    # This statement decides between paying, lapsing and cancelling at the same moment.
    if uow.change(ended) != 1:
        return False
    uow.change(
        update(PaymentRow)
        .where(PaymentRow.checkout_id == seen.id, PaymentRow.state == "waiting")
        .values(state="closed")
    )
    for one in seen.orders:
        uow.change(
            update(OrderRow)
            .where(OrderRow.id == one.id, OrderRow.state == OrderState.PLACED)
            .values(state=state, ended_at=uow.now)
        )
        catalogue.unreserve(uow, ref=one.id)
        write_step(uow, one.id, what=state, by=by)
        lapsed = state is OrderState.LAPSED
        uow.announce(OrderLapsed(order_id=one.id) if lapsed else OrderCancelled(order_id=one.id))
    uow.announce(ChargeAbandoned(payment_id=seen.payment.id))
    return True


def _read(
    view: Snapshot, token: str, buyer_id: AccountId
) -> tuple[list[Wanted], list[list[object]], int]:
    try:
        whose, terms, _total, instant_ms = _serializer().loads(token)
    except (BadData, ValueError, TypeError):
        raise PreviewStale from None
    age = view.now - from_ms(instant_ms)
    if whose != buyer_id or not timedelta(0) <= age <= timedelta(seconds=PREVIEW_SECONDS):
        raise PreviewStale
    return [Wanted(SkuId(sku), quantity) for sku, quantity, _price in terms], terms, instant_ms


def _write(
    uow: UnitOfWork, buyer_id: AccountId, seen: Preview, address: accounts.Address
) -> PlacedCheckout:
    settings: Settings = current_app.config["TROVE_SETTINGS"]
    checkout_id, payment_id = CheckoutId(mint("checkout")), PaymentId(mint("payment"))
    uow.add(
        CheckoutRow(
            id=checkout_id,
            buyer_id=buyer_id,
            state="placed",
            total_fen=seen.total_fen,
            instant_ms=to_ms(seen.instant),
            placed_at=uow.now,
            lapses_at=uow.now + timedelta(minutes=settings.lapse_minutes),
        )
    )
    uow.add(
        PaymentRow(
            id=payment_id,
            checkout_id=checkout_id,
            provider=settings.payment,
            amount_fen=seen.total_fen,
            state="waiting",
        )
    )
    ids = []
    for parcel in seen.parcels:
        order_id = _write_order(uow, (checkout_id, buyer_id), parcel, address, settings.fee_bp)
        uow.add(
            AllocationRow(payment_id=payment_id, order_id=order_id, amount_fen=parcel.total_fen)
        )
        ids.append(order_id)
    return PlacedCheckout(checkout_id, payment_id, tuple(ids))


def _write_order(
    uow: UnitOfWork,
    whose: tuple[CheckoutId, AccountId],
    parcel: Parcel,
    address: accounts.Address,
    fee_bp: int,
) -> OrderId:
    order_id = OrderId(mint("order"))
    uow.add(
        OrderRow(
            id=order_id,
            checkout_id=whose[0],
            buyer_id=whose[1],
            merchant_id=parcel.merchant_id,
            state=OrderState.PLACED,
            goods_fen=parcel.goods_fen,
            freight_fen=parcel.freight_fen,
            address=accounts.seal_address(address, place=f"orders_order/address/{order_id}"),
            placed_at=uow.now,
        )
    )
    uow.add(
        *(
            LineRow(
                id=mint("line"),
                order_id=order_id,
                position=position,
                product_id=quote.offer.product_id,
                brand_id=quote.offer.brand_id,
                sku_id=quote.offer.sku_id,
                name=quote.offer.name,
                sku_name=quote.offer.sku_name,
                price_fen=quote.offer.price_fen,
                quantity=quote.quantity,
                net_fen=quote.net_fen,
                fee_bp=fee_bp,
                refunded_fen=0,
                refunding_fen=0,
                refunded_quantity=0,
                refunding_quantity=0,
            )
            for position, quote in enumerate(parcel.quotes)
        )
    )
    wants = {quote.offer.sku_id: quote.quantity for quote in parcel.quotes}
    catalogue.reserve(uow, wants=wants, ref=order_id)
    write_step(uow, order_id, what="placed", by="buyer")
    uow.announce(OrderPlaced(order_id=order_id))
    return order_id


def due_to_lapse(view: Snapshot, *, limit: int) -> list[CheckoutId]:
    """Return checkouts whose time to be paid is over, the oldest first."""
    rows = view.rows(
        select(CheckoutRow.id)
        .where(CheckoutRow.state == "placed", CheckoutRow.lapses_at <= view.now)
        .order_by(CheckoutRow.lapses_at)
        .limit(limit)
    )
    return [CheckoutId(row.id) for row in rows]


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.extensions["trove_keys"].derive("preview"))
