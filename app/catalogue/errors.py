"""What the catalogue refuses."""

from app.kernel.problems import Problem


class OutOfStock(Problem):
    """Fewer are available than were asked for; ``sku_ids`` names them."""

    code, status, title = "out-of-stock", 409, "There are not enough left"
    hint = "Take fewer, or leave out what is named."


class StockNotReserved(Problem):
    """What is to be sold was never reserved, or was given back."""

    code, status, title = "stock-not-reserved", 409, "Nothing is reserved for this"
    hint = "Reserve it first."


class StockBelowReserved(Problem):
    """The stock would fall below what buyers have reserved; ``sku_ids`` names where."""

    code, status, title = "stock-below-reserved", 409, "Buyers have reserved more than that"
    hint = "Lower the stock by less, or wait until the orders are paid or lapse."


class SkuCodeTaken(Problem):
    """The merchant uses this code for another SKU; ``codes`` names which."""

    code, status, title = "sku-code-taken", 409, "This SKU code is in use"
    hint = "Choose another code, or change the product that has it."


class ProductStale(Problem):
    """The product changed since the caller saw it; ``version`` is how it stands now."""

    code, status, title = "product-stale", 412, "The product has changed meanwhile"
    hint = "Load it again, look at what changed, and send your change once more."


class HandleTaken(Problem):
    """Another merchant, or another brand, has this handle."""

    code, status, title = "handle-taken", 409, "This handle is in use"
    hint = "Choose another handle."


class UnknownPart(Problem):
    """The brand, category or picture named is not there, or not yours; ``part`` says which."""

    code, status, title = "unknown-part", 422, "Something that is named is not there"
    hint = "Choose a brand and a category of this site, and a picture of your own."
