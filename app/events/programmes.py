"""Facts that the programmes room publishes."""

from dataclasses import dataclass
from typing import ClassVar

from app.events.base import Event
from app.kernel.ids import MerchantId


@dataclass(frozen=True, slots=True)
class TermsSet(Event):
    """A merchant pays another commission from now on."""

    topic: ClassVar[str] = "programmes.terms-set.v1"
    key: ClassVar[str] = "merchant_id"
    merchant_id: MerchantId
