"""Facts that the catalogue publishes."""

from dataclasses import dataclass
from typing import ClassVar

from app.events.base import Event
from app.kernel.ids import BrandId, ProductId


@dataclass(frozen=True, slots=True)
class ProductChanged(Event):
    """Something that search or a card shows of a product changed, or it is new.

    Stock counts only when the product becomes available, or stops being so.
    """

    topic: ClassVar[str] = "catalogue.product-changed.v1"
    key: ClassVar[str] = "product_id"
    product_id: ProductId


@dataclass(frozen=True, slots=True)
class BrandChanged(Event):
    """A brand is new, or is called otherwise."""

    topic: ClassVar[str] = "catalogue.brand-changed.v1"
    key: ClassVar[str] = "brand_id"
    brand_id: BrandId
