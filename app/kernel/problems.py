"""The one error that a caller may see (RFC 9457)."""

from typing import Any, ClassVar


class Problem(Exception):
    """An expected refusal.

    A subclass is a documented part of the API: its ``code`` never changes meaning. ``title``
    says what happened, ``hint`` what to do; both are English msgids, translated at the edge.
    ``facts`` become extension members of the answer.
    """

    code: ClassVar[str]
    status: ClassVar[int] = 409
    title: ClassVar[str]
    hint: ClassVar[str] = ""

    def __init__(self, detail: str = "", **facts: Any) -> None:
        """Keep ``detail``, what is particular to this refusal, and ``facts``."""
        super().__init__(detail or self.title)
        self.detail = detail
        self.facts = facts


class NotFound(Problem):
    """The thing is absent, or the caller may not know that it is there."""

    code, status, title = "not-found", 404, "There is no such thing"
    hint = "Check the address, or go back and choose again."


class Forbidden(Problem):
    """The caller is known, and may not do this."""

    code, status, title = "forbidden", 403, "You may not do this"
    hint = "Ask somebody who may, or sign in with another account."


class SignInRequired(Problem):
    """There is no session and no token."""

    code, status, title = "sign-in-required", 401, "Sign in first"
    hint = "Sign in, or send a token in the Authorization header."


class InvalidInput(Problem):
    """The input breaks the shape of the operation; ``errors`` names every fault."""

    code, status, title = "invalid-input", 422, "Some of the input cannot be used"
    hint = "Correct the fields that are named and send it again."

    def __init__(self, errors: "list[FieldError]", detail: str = "") -> None:
        """Keep the faults, each with a JSON pointer."""
        super().__init__(detail, errors=errors)


FieldError = dict[str, str]
"""``pointer`` (RFC 6901), ``code`` (kebab-case), ``detail`` (a sentence)."""


def field_error(pointer: str, code: str, detail: str) -> FieldError:
    """Return one fault of a field."""
    return {"pointer": pointer, "code": code, "detail": detail}


class Busy(Problem):
    """Something that is needed cannot be had just now."""

    code, status, title = "busy", 503, "The site is busy"
    hint = "Wait a few seconds and send the same request again."
