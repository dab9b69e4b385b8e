"""What a product may be, and how names, categories and prices are read; pure."""

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from app.kernel.ids import BrandId, CategoryId, PictureId, SkuId
from app.kernel.problems import FieldError, InvalidInput, field_error

NAME_MAX: Final = 300
"""Real catalogues spell the whole specification out in the name: 259 was the longest seen."""

DESCRIPTION_MAX: Final = 10_000
CODE_MAX: Final = 64
SKU_NAME_MAX: Final = 120
SKUS_MAX: Final = 100
ORG_NAME_MAX: Final = 80
NAME_KEY_MAX: Final = 160
URL_MAX: Final = 2_000
URLS_MAX: Final = 18

ATTRIBUTES_MAX: Final = 300
ATTRIBUTE_NAME_MAX: Final = 100
ATTRIBUTE_VALUE_MAX: Final = 10_000
"""Lists of compatible devices run to 7,000 characters in real catalogues."""

PRICE_FEN_MIN: Final = 1
PRICE_FEN_MAX: Final = 10**9
"""Ten million yuan; a thousand of the dearest thing still fits an order."""

STOCK_MAX: Final = 10_000_000

CATEGORY_SEPARATOR: Final = " > "
CATEGORY_DEPTH_MAX: Final = 5
CATEGORY_NAME_MAX: Final = 60

HANDLE: Final = re.compile(r"[a-z0-9_]{3,30}")

UNITS: Final = ("yuan", "cents", "float")
"""How a price is written: decimal text, whole minor units, or what a program's float prints."""

Scalar = str | bool | int | float


@dataclass(frozen=True, slots=True)
class SkuDraft:
    """A variant to sell: the merchant's own code, what tells it from its sisters, its price."""

    code: str
    name: str
    price_fen: int
    stock: int = 0


@dataclass(frozen=True, slots=True)
class ProductDraft:
    """A product to add, with at least one SKU."""

    brand_id: BrandId
    name: str
    skus: tuple[SkuDraft, ...]
    description: str = ""
    attributes: Mapping[str, Scalar] = field(default_factory=dict)
    category_id: CategoryId | None = None
    picture_id: PictureId | None = None
    listed: bool = True


@dataclass(frozen=True, slots=True)
class SkuChange:
    """What changes of a SKU; None leaves a value as it is, and stock is a difference."""

    id: SkuId
    name: str | None = None
    price_fen: int | None = None
    stock_change: int = 0


@dataclass(frozen=True, slots=True)
class ProductChange:
    """What changes of a product: columns by name, and its SKUs."""

    values: Mapping[str, object] = field(default_factory=dict)
    skus: tuple[SkuChange, ...] = ()


def check_draft(draft: ProductDraft) -> None:
    """Refuse what no schema sees: codes that repeat within the draft.

    Raises:
        InvalidInput: naming every repetition.

    """
    check_codes([sku.code for sku in draft.skus])


def check_codes(codes: Sequence[str]) -> None:
    """Refuse codes that repeat.

    Raises:
        InvalidInput: naming every repetition.

    """
    faults: list[FieldError] = [
        field_error(f"/skus/{place}/code", "repeated", "Another SKU here has the same code.")
        for place, code in enumerate(codes)
        if code in codes[:place]
    ]
    if faults:
        raise InvalidInput(faults)


def attribute_fault(name: str, value: object) -> str | None:
    """Return the code of what is wrong with an attribute, or None."""
    if not name or len(name) > ATTRIBUTE_NAME_MAX or not _is_storable(name):
        return "bad-attribute-name"
    if isinstance(value, str):
        if len(value) > ATTRIBUTE_VALUE_MAX:
            return "too-long"
        return None if _is_storable(value) else "bad-attribute"
    if isinstance(value, float):
        return None if abs(value) < float("inf") else "bad-attribute"
    # A larger number is one that the next program cannot read.
    good = isinstance(value, bool) or (isinstance(value, int) and abs(value) < 2**63)
    return None if good else "bad-attribute"


def _is_storable(text: str) -> bool:
    """Tell whether a database takes a text; real files hold other controls, which do no harm."""
    return not any(mark == "\0" or "\ud800" <= mark <= "\udfff" for mark in text)


def name_key(name: str) -> str:
    """Return what makes two names the same: width, case and spaces do not count.

    One sign may become eighteen: of what is longer than `NAME_KEY_MAX` the end is a digest.
    """
    key = " ".join(unicodedata.normalize("NFKC", name).casefold().split())
    if len(key) <= NAME_KEY_MAX:
        return key
    digest = hashlib.sha256(key.encode()).hexdigest()
    return f"{key[: NAME_KEY_MAX - len(digest)]}{digest}"


def handle_for(name: str) -> str:
    """Return a handle made of ``name``; the same name always gives the same.

    Names that leave fewer than three letters (all Chinese ones do) are told apart by a digest.
    """
    plain = unicodedata.normalize("NFKD", name).casefold().encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:30].strip("_")
    if len(slug) >= 3 and _is_mostly_ascii(name):
        return slug
    digest = hashlib.sha256(name_key(name).encode()).hexdigest()[:8]
    return f"{slug[:20]}_{digest}" if slug else f"brand_{digest}"


def other_handle_for(name: str) -> str:
    """Return a second handle for ``name``, for when another brand has the first."""
    # Of more than the name: the first handle may end with the digest of that.
    digest = hashlib.sha256(f"2 {name_key(name)}".encode()).hexdigest()[:8]
    return f"{handle_for(name)[:21].strip('_')}_{digest}"


def category_path(text: str) -> tuple[str, ...] | None:
    """Return the names on the way down to a category (`Home > Kitchen`), or None if malformed."""
    names = tuple(" ".join(part.split()) for part in text.split(">"))
    well_formed = 1 <= len(names) <= CATEGORY_DEPTH_MAX and all(
        0 < len(name) <= CATEGORY_NAME_MAX for name in names
    )
    return names if well_formed else None


def read_price(text: str, unit: str) -> int | None:
    """Return the fen that ``text`` says in ``unit``, one of `UNITS`, or None when it says none.

    Yuan have at most two decimals that count; a float's further decimals are noise and are
    rounded half up. Thousands may be parted by commas, and a yuan sign may stand in front.
    """
    if not _PRICE.fullmatch(text):
        return None
    number = Decimal(text.lstrip("¥￥ ").replace(",", ""))
    fen = number if unit == "cents" else number * 100
    if unit == "float":
        fen = fen.quantize(Decimal(1), rounding=ROUND_HALF_UP)
    return int(fen) if fen == fen.to_integral_value() else None


def read_count(text: str) -> int | None:
    """Return the whole number that ``text`` says, or None; `12.0` is whole."""
    return int(text.partition(".")[0]) if _COUNT.fullmatch(text) else None


def stock_after(*, on_hand: int, reserved: int, difference: int) -> int:
    """Return the stock after an import's difference: never below what buyers have reserved.

    What was sold meanwhile is gone already, so that a lowered stock may ask for less than
    nothing; the count then stops at what is promised.
    """
    return max(reserved, on_hand + difference)


_PRICE = re.compile(r"[¥￥]? ?(?:[0-9]{1,12}|[0-9]{1,3}(?:,[0-9]{3}){1,3})(?:\.[0-9]{1,20})?")
_COUNT = re.compile(r"[0-9]{1,9}(?:\.0{1,6})?")


def _is_mostly_ascii(name: str) -> bool:
    letters = [mark for mark in name if mark.isalnum()]
    return sum(mark.isascii() for mark in letters) * 2 > len(letters)
