"""Products, brands and categories on the wire."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validates

from app.catalogue import rules
from app.catalogue.rules import ProductChange, ProductDraft, SkuChange, SkuDraft
from app.web.fields import Fen, Instant, PublicId, Several, Text, Whole, YesNo
from app.web.http import PageQuery


class SkuIn(Schema):
    """A variant to sell."""

    code = Text(least=1, most=rules.CODE_MAX, required=True)
    name = Text(most=rules.SKU_NAME_MAX, load_default="")
    price_fen = Fen(least=rules.PRICE_FEN_MIN, most=rules.PRICE_FEN_MAX, required=True)
    stock = Whole(most=rules.STOCK_MAX, load_default=0)

    @post_load
    def build(self, data: dict[str, Any], **_: object) -> SkuDraft:
        """Return the rules' value."""
        return SkuDraft(**data)


class ProductIn(Schema):
    """A product to sell, with its variants."""

    merchant_id = PublicId("merchant", required=True)
    brand_id = PublicId("brand", required=True)
    category_id = PublicId("category", load_default=None, allow_none=True)
    name = Text(least=1, most=rules.NAME_MAX, required=True)
    description = Text(most=rules.DESCRIPTION_MAX, lines=True, load_default="")
    attributes = fields.Dict(load_default=dict)
    picture_id = PublicId("picture", load_default=None, allow_none=True)
    listed = YesNo(load_default=True)
    skus = Several(fields.Nested(SkuIn), required=True, least=1, most=rules.SKUS_MAX)

    @validates("attributes")
    def known_attributes(self, value: dict[Any, Any], **_: object) -> None:
        """Refuse attributes that are no short names with plain values."""
        if len(value) > rules.ATTRIBUTES_MAX:
            raise ValidationError("There are too many attributes.")
        for name, one in value.items():
            fault = rules.attribute_fault(str(name), one)
            if fault:
                raise ValidationError("An attribute cannot be used.")

    @post_load
    def build(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Return the merchant, and the rules' value."""
        merchant_id = data.pop("merchant_id")
        draft = ProductDraft(**{**data, "skus": tuple(data["skus"])})
        return {"merchant_id": merchant_id, "draft": draft}


class SkuChangeIn(Schema):
    """What changes of a variant; stock is a difference."""

    id = PublicId("sku", required=True)
    name = Text(most=rules.SKU_NAME_MAX, load_default=None)
    price_fen = Fen(least=rules.PRICE_FEN_MIN, most=rules.PRICE_FEN_MAX, load_default=None)
    stock_change = Whole(least=-rules.STOCK_MAX, most=rules.STOCK_MAX, load_default=0)

    @post_load
    def build(self, data: dict[str, Any], **_: object) -> SkuChange:
        """Return the rules' value."""
        return SkuChange(**data)


class ProductChangeIn(Schema):
    """What changes of a product; what is left out stays."""

    name = Text(least=1, most=rules.NAME_MAX)
    description = Text(most=rules.DESCRIPTION_MAX, lines=True)
    picture_id = PublicId("picture", allow_none=True)
    listed = YesNo()
    skus = Several(fields.Nested(SkuChangeIn), load_default=list, most=rules.SKUS_MAX)

    @post_load
    def build(self, data: dict[str, Any], **_: object) -> ProductChange:
        """Return the rules' value."""
        skus = tuple(data.pop("skus"))
        return ProductChange(values=data, skus=skus)


class SkuOut(Schema):
    """A variant, and how many can be ordered now."""

    id = fields.String()
    code = fields.String()
    name = fields.String()
    price_fen = Fen()
    available = Whole()


class ProductPictureOut(Schema):
    """A product's picture in three widths."""

    id = fields.String()
    width = Whole()
    height = Whole()
    color = fields.String()
    url_360 = fields.String()
    url_720 = fields.String()
    url_1080 = fields.String()


class ProductOut(Schema):
    """A product; ``price_fen`` is the lowest among its variants."""

    id = fields.String()
    merchant_id = fields.String()
    merchant_name = fields.String()
    brand_id = fields.String()
    brand_name = fields.String()
    category_id = fields.String(allow_none=True)
    category_path = fields.List(fields.String())
    name = fields.String()
    description = fields.String()
    attributes = fields.Dict()
    picture = fields.Nested(ProductPictureOut, allow_none=True)
    picture_urls = fields.List(fields.String())
    listed = fields.Boolean()
    price_fen = Fen()
    available = Whole()
    skus = fields.List(fields.Nested(SkuOut))
    version = Whole()
    created_at = Instant()


class ProductsQuery(PageQuery):
    """Which products."""

    merchant_id = PublicId("merchant", load_default=None)
    brand_id = PublicId("brand", load_default=None)
    category_id = PublicId("category", load_default=None)


class ProductsOut(Schema):
    """A page of products, the newest first."""

    items = fields.List(fields.Nested(ProductOut))
    next = fields.String(allow_none=True)


class BrandOut(Schema):
    """A brand."""

    id = fields.String()
    handle = fields.String()
    name = fields.String()
    about = fields.String()


class CategoryOut(Schema):
    """A category, with the names from the root down."""

    id = fields.String()
    parent_id = fields.String(allow_none=True)
    name = fields.String()
    path = fields.List(fields.String())


class CategoriesOut(Schema):
    """The category tree."""

    items = fields.List(fields.Nested(CategoryOut))
