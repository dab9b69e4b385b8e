"""What the catalogue does, by noun."""

from app.catalogue.commands.orgs import add_brand, add_member, add_merchant, ensure_category
from app.catalogue.commands.products import add_product, change_product
from app.catalogue.commands.stock import reserve, restock, sell, unreserve

__all__ = [
    "add_brand",
    "add_member",
    "add_merchant",
    "add_product",
    "change_product",
    "ensure_category",
    "reserve",
    "restock",
    "sell",
    "unreserve",
]
