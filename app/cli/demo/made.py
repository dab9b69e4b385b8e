"""What has been made of the demo town so far."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.kernel.ids import (
    AccountId,
    BrandId,
    DeviceId,
    MerchantId,
    NoteId,
    ProductId,
    SkuId,
)


@dataclass
class Town:
    """Who and what was made, by the names in the town's data."""

    began: datetime
    people: dict[str, AccountId] = field(default_factory=dict)
    devices: dict[str, DeviceId] = field(default_factory=dict)
    merchants: dict[str, MerchantId] = field(default_factory=dict)
    brands: dict[str, BrandId] = field(default_factory=dict)
    products: dict[str, ProductId] = field(default_factory=dict)
    skus: dict[str, list[SkuId]] = field(default_factory=dict)
    notes: dict[str, NoteId] = field(default_factory=dict)

    def at(self, **ago: float) -> datetime:
        """Return the instant so long before the town was made."""
        return self.began - timedelta(**ago)
