"""What the orders room refuses."""

from app.kernel.problems import InvalidInput, Problem, field_error


class CartFull(Problem):
    """The cart holds as many different things as it can."""

    code, title = "cart-full", "The cart is full"
    hint = "Order what is in it, or take something out."


class NotForSale(Problem):
    """A thing is not sold now, or there is no such thing."""

    code, title = "not-for-sale", "Something here is not for sale"
    hint = "Take it out, and choose another."


class TooFewLeft(Problem):
    """More is wanted of a SKU than there is; the facts say how many are ``left``."""

    code, title = "too-few-left", "There are fewer left than that"
    hint = "Take at most as many as are left."

    def at_quantity(self) -> InvalidInput:
        """Return the same, told at the field of a form."""
        return InvalidInput([field_error("/quantity", self.code, self.detail)])


class NothingChosen(Problem):
    """There is nothing to check out."""

    code, status, title = "nothing-chosen", 422, "Nothing was chosen"
    hint = "Choose at least one thing from the cart."


class PreviewStale(Problem):
    """The preview was not made here, for this buyer, in the last five minutes."""

    code, title = "preview-stale", "This preview is too old"
    hint = "Look at the new preview and confirm that."


class CheckoutChanged(Problem):
    """Price, stock or goods changed since the preview; the facts hold a new one."""

    code, title = "checkout-changed", "Something changed since you looked"
    hint = "Look at the new prices and confirm again."


class AddressMissing(Problem):
    """There is no such address of the buyer's."""

    code, status, title = "address-missing", 422, "Choose an address"
    hint = "Choose one of your addresses, or add one in the settings."


class NotPayable(Problem):
    """The checkout is paid, lapsed or cancelled."""

    code, title = "not-payable", "This can no longer be paid"
    hint = "See the order for what became of it."


class PaymentUnavailable(Problem):
    """The payment provider cannot be reached."""

    code, status, title = "payment-unavailable", 503, "Payment is not available just now"
    hint = "Your order is kept; try to pay again in a minute."


class PaymentDeclined(Problem):
    """The provider did not take the payment."""

    code, status, title = "payment-declined", 422, "The payment was declined"
    hint = "Nothing was taken. Try again, or pay in another way."


class NoticeRefused(Problem):
    """A callback is not signed by the provider, or is too old."""

    code, status, title = "notice-refused", 401, "This notice is not from the provider"
    hint = "Sign the raw body with the shared secret, and send it within five minutes."


class WrongState(Problem):
    """The order's state does not allow this."""

    code, title = "wrong-state", "The order does not allow this now"
    hint = "Reload the order to see where it stands."


class RefundTooMuch(Problem):
    """More is asked for than is left of a line."""

    code, status, title = "refund-too-much", 422, "That is more than is left to refund"
    hint = "Ask for at most what the order shows as left."


class RefundDecided(Problem):
    """Somebody decided already."""

    code, title = "refund-decided", "This refund has been decided"
    hint = "Reload the order to see the decision."
