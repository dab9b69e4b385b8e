"""Making the demo town: through the rooms' doors, at instants of the last thirty days.

It is made in a folder beside the data folder and moved in at the end, the database last: killed at
any moment, the next start begins it anew, and a database that is there is whole.
"""

import random
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app import factory
from app.accounts import api as accounts
from app.accounts.api import AddressDraft
from app.catalogue import api as catalogue
from app.catalogue.api import ProductDraft, SkuDraft
from app.cli import database
from app.cli.demo import bank, trade
from app.cli.demo.made import Town
from app.cli.demo.notes import NOTES, Words
from app.cli.demo.town import BRANDS, GOODS, MERCHANTS, PEOPLE, Good
from app.content import api as content
from app.content.api import DraftPicture, NoteDraft, Tag
from app.kernel.ids import (
    DeviceId,
    PictureId,
    mint,
)
from app.pictures import api as pictures
from app.platform import relay
from app.platform.leases import FOLDERS_WORKER
from app.platform.uow import snapshot, unit_of_work
from app.programmes import api as programmes
from app.settings import Settings
from media.scenes import Assets, Scene, avatar, cover, product_shot, studio

MODULES = Path(__file__).parents[3] / "frontend" / "node_modules"
OPENED = timedelta(days=45)
"""The town opened this long ago: before its first note."""

Tell = Callable[[str], None]


def make_town(settings: Settings, *, tell: Tell) -> bool:
    """Make the town in the data folder, where no database is yet; tell whether it was made."""
    if not settings.on_sqlite or settings.database_path.exists():
        return False
    beside = settings.data_dir.absolute().with_name(f"{settings.data_dir.name}.making")
    shutil.rmtree(beside, ignore_errors=True)
    inside = settings.model_copy(update={"data_dir": beside, "sandbox_port": bank.free_port()})
    database.migrate(inside, tell=lambda _text: None)
    app = factory.create_app(inside, index_writes=True)
    with app.app_context(), bank.open_bank(inside):
        _make(tell)
    factory.close(app)
    (beside / "demo").write_text("made by trove demo; `trove demo clear` removes this folder\n")
    _move_in(beside, settings)
    return True


def _make(tell: Tell) -> None:
    town = Town(began=datetime.now(UTC))
    assets = Assets(MODULES)
    for what, step in (
        ("people and shops", _people),
        ("goods", _goods),
        ("notes", _notes),
        ("likes and follows", _reactions),
    ):
        tell(f"demo town: {what}")
        step(town, assets)
    tell("demo town: orders of a month")
    trade.month(town)
    tell("demo town: search index")
    while relay.drain(factory.subscribers(), holder=FOLDERS_WORKER):
        pass


def _people(town: Town, assets: Assets) -> None:
    then = town.at(days=OPENED.days)
    for place, who in enumerate(PEOPLE):
        device = DeviceId(mint("device"))
        with unit_of_work(now=then) as uow:
            made = accounts.register(
                uow,
                handle=who.handle,
                name=who.name,
                email=f"{who.handle}@demo.invalid",
                phone=None,
                password=None,
            )
            accounts.mark_demo(uow, account_id=made, role=who.role)
            accounts.start_session(uow, account_id=made, device_id=device, user_agent="demo")
            address = AddressDraft(
                who.name, f"+86138000{place:05d}", "上海市 徐汇区", f"梧桐路 {place + 1} 号"
            )
            accounts.add_address(uow, account_id=made, draft=address)
            if who.creator:
                accounts.switch_creator(uow, account_id=made, on=True)
        face = pictures.upload(owner_id=made, data=avatar(who.face, assets, seed=place))
        with unit_of_work(now=then) as uow:
            accounts.dress(uow, account_id=made, bio=who.bio, avatar_picture_id=face)
        town.people[who.handle], town.devices[who.handle] = made, device
    _firms(town, then)


def _firms(town: Town, then: datetime) -> None:
    with unit_of_work(now=then) as uow:
        for firm in MERCHANTS:
            made = catalogue.add_merchant(uow, handle=firm.handle, name=firm.name, about=firm.about)
            town.merchants[firm.handle] = made
            member = town.people[firm.member]
            # Whom one looks around as works for every shop, so that one can send all of an order.
            for handle in sorted({firm.member, *_lent("merchant")}):
                staff = town.people[handle]
                catalogue.add_member(uow, kind="merchant", handle=firm.handle, account_id=staff)
            if firm.rate_bp is not None:
                programmes.set_terms(uow, merchant_id=made, rate_bp=firm.rate_bp, by=member)
        for firm in BRANDS:
            town.brands[firm.handle] = catalogue.add_brand(
                uow, handle=firm.handle, name=firm.name, about=firm.about
            )
            member = town.people[firm.member]
            catalogue.add_member(uow, kind="brand", handle=firm.handle, account_id=member)


def _lent(role: str) -> list[str]:
    return [who.handle for who in PEOPLE if who.role == role]


def _goods(town: Town, assets: Assets) -> None:
    for place, good in enumerate(GOODS):
        seller = next(firm for firm in MERCHANTS if firm.handle == good.merchant)
        shot = product_shot(good.emoji, assets, seed=place)
        picture_id = pictures.upload(owner_id=town.people[seller.member], data=shot)
        with unit_of_work(now=town.at(days=40)) as uow:
            names = tuple(good.category.split(" > "))
            category_id = catalogue.ensure_category(uow, names=names)
            draft = _product(town, good, picture_id, category_id)
            made = catalogue.add_product(
                uow, merchant_id=town.merchants[good.merchant], draft=draft
            )
        with snapshot() as view:
            seen = catalogue.product(view, product_id=made)
        town.products[good.key] = made
        town.skus[good.key] = [sku.id for sku in seen.skus]


def _product(town: Town, good: Good, picture_id: PictureId, category_id: object) -> ProductDraft:
    return ProductDraft(
        brand_id=town.brands[good.brand],
        name=good.name,
        description=good.about,
        attributes=dict(good.attributes),
        category_id=category_id,  # type: ignore[arg-type] # a category's id
        picture_id=picture_id,
        skus=tuple(
            SkuDraft(code=f"{good.key}-{place}", name=name, price_fen=fen, stock=stock)
            for place, (name, fen, stock) in enumerate(good.skus)
        ),
    )


def _notes(town: Town, assets: Assets) -> None:
    for place, words in enumerate(sorted(NOTES, key=lambda one: -one.hours_ago)):
        scene = _scene(words, assets, seed=place)
        author = town.people[words.author]
        picture_id = pictures.upload(owner_id=author, data=scene.jpeg)
        tags = tuple(
            Tag(town.products[key], 0, *spot)
            for key, spot in zip(words.goods, scene.spots, strict=False)
        )
        placed = (DraftPicture(picture_id, words.title), *_details(town, words))
        draft = NoteDraft(words.title, words.body, placed, tags)
        with unit_of_work(now=town.at(hours=words.hours_ago)) as uow:
            town.notes[words.title] = content.publish(uow, author_id=author, draft=draft)


def _details(town: Town, words: Words) -> tuple[DraftPicture, ...]:
    """Return close-ups of the goods as further pictures, in the author's own copies."""
    assets = Assets(MODULES)
    emoji = {good.key: good.emoji for good in GOODS}
    author = town.people[words.author]
    return tuple(
        DraftPicture(
            pictures.upload(
                owner_id=author,
                data=product_shot(emoji[key], assets, seed=len(words.title) + place),
            ),
            key,
        )
        for place, key in enumerate(words.goods[:2])
    )


def _scene(words: Words, assets: Assets, *, seed: int) -> Scene:
    emoji = {good.key: good.emoji for good in GOODS}
    codes = words.emoji or tuple(emoji[key] for key in words.goods)
    if words.headline:
        return cover(words.headline, codes, assets, seed=seed)
    return studio(codes, assets, seed=seed)


def _reactions(town: Town, assets: Assets) -> None:
    del assets
    dice = random.Random(7)  # noqa: S311 - a town, not a secret
    everybody = list(town.people.values())
    with unit_of_work(now=town.at(days=20)) as uow:
        for follower in everybody:
            for who in PEOPLE:
                followed = town.people[who.handle]
                if who.creator and followed != follower and dice.random() < 0.35:
                    accounts.follow(uow, follower_id=follower, followed_id=followed)
    for words in NOTES:
        with unit_of_work(now=town.at(hours=words.hours_ago / 2)) as uow:
            for account_id in everybody:
                if dice.random() < min(0.9, words.likes / 9_000 + 0.15):
                    note_id = town.notes[words.title]
                    content.react(uow, note_id=note_id, account_id=account_id, kind="like")
                    if dice.random() < 0.4:
                        content.react(uow, note_id=note_id, account_id=account_id, kind="collect")


def _move_in(beside: Path, settings: Settings) -> None:
    home = settings.data_dir.absolute()
    home.mkdir(parents=True, exist_ok=True)
    last = settings.database_path.name
    for path in sorted(beside.iterdir(), key=lambda one: one.name == last):
        target = home / path.name
        if target.is_dir():
            shutil.rmtree(target)
        if not path.name.endswith((".sock", ".pid")):
            path.replace(target)
    shutil.rmtree(beside, ignore_errors=True)
