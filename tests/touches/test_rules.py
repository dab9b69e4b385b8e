"""A token says what was shown to whom, and nobody else can make one."""

import base64
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.ids import AccountId, BrandId, DeviceId, MerchantId, NoteId, ProductId
from app.touches.rules import (
    TOKEN_SECONDS,
    TaggedProduct,
    Token,
    read,
    refusal,
    seq_of,
    sign,
    touch_id,
)

pytestmark = pytest.mark.pure

KEY = b"k" * 32
DEVICE = DeviceId("dev_a")
GOOD = TaggedProduct(ProductId("prod_a"), BrandId("brand_a"), MerchantId("mer_a"))
TOKEN = Token("nonce", DEVICE, NoteId("note_a"), AccountId("acc_a"), (GOOD,), issued_s=1_000)


def test_what_is_signed_is_read_back() -> None:
    assert read(sign(TOKEN, KEY), KEY) == TOKEN


def test_another_key_reads_nothing() -> None:
    assert read(sign(TOKEN, KEY), b"other" * 8) is None


@given(st.data())
def test_one_changed_character_spoils_a_token(data: st.DataObject) -> None:
    text = sign(TOKEN, KEY)
    place = data.draw(st.integers(0, len(text) - 1))
    mark = data.draw(st.sampled_from("abcXYZ019-_."))
    changed = text[:place] + mark + text[place + 1 :]

    assert (read(changed, KEY) == TOKEN) == (changed == text)
    assert (read(changed, KEY) is None) == (changed != text)


def test_another_spelling_of_the_same_bits_is_not_read() -> None:
    text = sign(TOKEN, KEY)
    mark = text.rpartition(".")[2]
    bits = base64.urlsafe_b64decode(mark + "=" * (-len(mark) % 4))
    alphabet = string.ascii_letters + string.digits + "-_"
    others = [
        one
        for one in (mark[:-1] + last for last in alphabet)
        if one != mark and base64.urlsafe_b64decode(one + "=" * (-len(one) % 4)) == bits
    ]

    assert others
    assert [read(text.removesuffix(mark) + one, KEY) for one in others] == [None] * len(others)


@given(st.text(max_size=200))
def test_any_text_is_read_without_an_error(text: str) -> None:
    assert read(text, KEY) is None


@pytest.mark.parametrize(
    ("kind", "device", "now_s", "why"),
    [
        ("open", DEVICE, 1_000, None),
        ("open", DEVICE, 1_000 + TOKEN_SECONDS, None),
        ("open", DEVICE, 1_001 + TOKEN_SECONDS, "token-expired"),
        ("open", DEVICE, 999, "token-expired"),
        ("stare", DEVICE, 1_000, "unknown-kind"),
        ("open", DeviceId("dev_b"), 1_000, "other-device"),
    ],
)
def test_a_touch_is_refused_for_one_reason(
    kind: str, device: DeviceId, now_s: int, why: str | None
) -> None:
    assert refusal(TOKEN, kind=kind, device_id=device, now_s=now_s) == why


def test_an_unreadable_token_is_bad() -> None:
    assert refusal(None, kind="open", device_id=DEVICE, now_s=1) == "bad-token"


@given(st.integers(1, 10**11), st.integers(1, 10**11))
def test_ids_sort_as_their_numbers(first: int, second: int) -> None:
    assert (touch_id(first) < touch_id(second)) == (first < second)
    assert seq_of(touch_id(first)) == first
