"""Whatever can be wrong with what stands in a field, by what kind of field it is."""

from collections.abc import Iterator
from dataclasses import dataclass

from tests.web.forms import Control, FormSeen

LONG = "字" * 5_000
NUL = "a\0b"
SURROGATE = "\ud800"
"""Sent as the three bytes that UTF-8 would have for it, if it had any."""

NUMBERS = ("x", "1.5", "-1", "9" * 30, "0x10", NUL)
STRANGE = ("nonsense", LONG, NUL, "acc_00000000000000000000000000")
"""Values that are not offered: of no kind, too long, not storable, of another kind."""


@dataclass(frozen=True)
class Fault:
    """A value of a field; where it is no `refused` one, it must at least not break anything."""

    name: str
    value: str
    what: str
    refused: bool = True

    def __str__(self) -> str:
        """Return how a failure names it."""
        return f"{self.name} {self.what}: {self.value!r:.20}"


def faults(form: FormSeen) -> Iterator[Fault]:
    """Yield all faults of a form, those last that may be taken."""
    found = [fault for one in form.controls.values() for fault in _of(one)]
    yield from sorted(found, key=lambda fault: not fault.refused)


def worst(form: FormSeen) -> dict[str, str]:
    """Return a value for each field that must be refused: all at once."""
    chosen: dict[str, str] = {}
    for fault in faults(form):
        if fault.refused and form.controls[fault.name].visible:
            chosen.setdefault(fault.name, fault.value)
    return chosen


def _of(one: Control) -> Iterator[Fault]:
    if one.kind == "file":
        return
    if not one.visible:
        yield from (Fault(one.name, value, "strange", refused=False) for value in STRANGE)
        yield Fault(one.name, "", "empty", refused=False)
        return
    if one.kind in {"select", "radio", "checkbox"}:
        yield from (Fault(one.name, value, "not offered") for value in STRANGE)
        yield Fault(one.name, "", "empty", refused=one.required or "[]" in one.name)
        return
    if one.kind == "number":
        yield from (Fault(one.name, value, "no such number") for value in NUMBERS)
    else:
        yield Fault(one.name, LONG, "too long")
        # A password is kept exactly as it was typed.
        yield Fault(one.name, NUL, "not storable", refused=one.kind != "password")
    if one.kind in {"email", "tel"}:
        yield Fault(one.name, "nonsense", "of another kind")
    yield Fault(one.name, "", "empty", refused=one.required)
    yield Fault(one.name, SURROGATE, "no character", refused=False)
