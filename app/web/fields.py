"""Field types of the wire: strict, and safe to store and to show."""

import contextvars
import unicodedata
from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, validate

from app.kernel.ids import is_id, pattern

from_form: contextvars.ContextVar[bool] = contextvars.ContextVar("from_form", default=False)
"""Whether the input is an HTML form, in which every value is text."""

AMOUNT_FEN_MAX = 10**12
"""Ten thousand million yuan: above any sum here, and far below 2**63."""


_LINE = r"[^\u0000-\u001f\u007f-\u009f]"
_LINES = r"(\r\n|[^\u0000-\u0008\u000b-\u001f\u007f-\u009f])"
_INK = r"[^\s\u0000-\u001f\u007f-\u009f]"


class Text(fields.String):
    """Text in NFC, trimmed, without control characters; ``lines`` allows line breaks."""

    def __init__(self, *, most: int, least: int = 0, lines: bool = False, **options: Any) -> None:
        """Bound the length, counted in code points after trimming."""
        fault = "At most {max} characters, please."
        if least:
            fault = "{min} to {max} characters, please."
        checks = [validate.Length(least, most, error=fault)]
        given = options.pop("validate", None)
        if given is not None:
            checks.append(given)
        shape = {"maxLength": most, "pattern": text_pattern(least=least, lines=lines)}
        if least:
            shape["minLength"] = least
        options["metadata"] = {**shape, **options.get("metadata", {})}
        super().__init__(validate=validate.And(*checks), **options)
        self.lines = lines

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        allowed = "\n\t" if self.lines else ""
        text = text.replace("\r\n", "\n")
        if any(unicodedata.category(mark) in {"Cc", "Cs"} and mark not in allowed for mark in text):
            raise ValidationError("Control characters cannot be used here.")
        return unicodedata.normalize("NFC", text).strip()


class Whole(fields.Integer):
    """A whole number; neither true, nor 1.0, nor (but in forms) "1"."""

    def __init__(self, *, least: int = 0, most: int = 2**31 - 1, **options: Any) -> None:
        """Bound the value on both sides."""
        super().__init__(validate=validate.Range(least, most), **options)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> int:
        if isinstance(value, str) and from_form.get() and value.strip().lstrip("-").isdecimal():
            value = int(value.strip()[:20])
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.make_error("invalid", input=value)
        number = super()._deserialize(value, attr, data, **kwargs)
        return int(number or 0)


class Fen(Whole):
    """An amount of money in whole fen."""

    def __init__(self, *, least: int = 0, most: int = AMOUNT_FEN_MAX, **options: Any) -> None:
        """Bound the amount; a price is at least 1."""
        super().__init__(least=least, most=most, **options)


class Fraction(fields.Float):
    """A place on a picture: 0 to 1, kept to four places."""

    def __init__(self, **options: Any) -> None:
        """Bound the value."""
        super().__init__(validate=validate.Range(0, 1), allow_nan=False, **options)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> float:
        if isinstance(value, bool) or (isinstance(value, str) and not from_form.get()):
            raise self.make_error("invalid", input=value)
        return round(float(super()._deserialize(value, attr, data, **kwargs) or 0), 4)


class YesNo(fields.Boolean):
    """True or false; in JSON neither 1 nor "yes"."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> bool:
        if not isinstance(value, bool) and not from_form.get():
            raise self.make_error("invalid", input=value)
        return bool(super()._deserialize(value, attr, data, **kwargs))


class PublicId(fields.String):
    """An id of one kind, by its shape."""

    def __init__(self, kind: str, **options: Any) -> None:
        """Name the kind, a key of `app.kernel.ids.PREFIXES`."""
        super().__init__(metadata={"pattern": pattern(kind)}, **options)
        self.kind = kind

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if not is_id(text, self.kind):
            raise ValidationError("This is no id, or one of another kind.")
        return text


class Several(fields.List[Any]):
    """A list with an end. One that is too long is refused before what is in it is looked at."""

    def __init__(
        self, inner: fields.Field[Any], *, least: int | None = None, most: int, **options: Any
    ) -> None:
        """Bound the length."""
        self._bounds = validate.Length(least, most)
        self._most = most
        super().__init__(inner, validate=self._bounds, **options)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> list[Any]:
        if isinstance(value, list) and len(value) > self._most:
            self._bounds(value)
        return super()._deserialize(value, attr, data, **kwargs)


class Instant(fields.DateTime):
    """An instant in UTC, RFC 3339 with a `Z`."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        del attr, obj, kwargs
        if value is None:
            return None
        return str(value.isoformat(timespec="milliseconds").replace("+00:00", "Z"))


def text_pattern(*, least: int, lines: bool) -> str:
    """Return what text must be like, as JSON Schema writes it."""
    mark = _LINES if lines else _LINE
    return f"^{mark}*{_INK}{mark}*$" if least else f"^{mark}*$"
