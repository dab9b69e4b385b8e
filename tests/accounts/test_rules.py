"""What may be a handle or a password, and what is shown of a secret."""

import string
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.accounts import rules
from app.accounts.rules import Address, AddressChange
from app.kernel.ids import AddressId

HANDLE_MARKS = string.ascii_lowercase + string.digits + "_"


@given(st.text(HANDLE_MARKS, min_size=3, max_size=30))
def test_every_handle_of_the_alphabet_is_free_unless_it_is_reserved(handle: str) -> None:
    assert bool(rules.handle_fault(handle)) == (handle.strip("_") in rules.RESERVED)


@given(st.text(max_size=40).filter(lambda text: not set(text) <= set(HANDLE_MARKS)))
@example("Ann")
@example("ann\n")
@example("аnn")  # A Cyrillic first letter.
@example("ann１")  # A full-width figure.
@example("a\x00b")
def test_no_handle_has_other_marks(handle: str) -> None:
    assert rules.handle_fault(handle)


@pytest.mark.parametrize("handle", ["", "ab", "a" * 31, "admin", "_admin_", "trove", "me"])
def test_a_handle_that_is_too_short_too_long_or_reserved_is_refused(handle: str) -> None:
    assert rules.handle_fault(handle)


@pytest.mark.parametrize("name", ["", " ", "\u200b", "\u200d\ufe0f", "ann\u202eyob", "\u2066x"])
def test_a_name_that_cannot_be_seen_or_turns_the_writing_is_refused(name: str) -> None:
    assert rules.name_fault(name)


@pytest.mark.parametrize("name", ["小林", "Ann", "👩‍🚀", "J. R.", "Ø", "🌱 Lin"])
def test_a_name_in_any_script_may_be_shown(name: str) -> None:
    assert not rules.name_fault(name)


@given(st.text(string.punctuation.replace("(", "") + "жщюядфл好学生茶叶", min_size=15, max_size=64))
def test_a_long_password_of_any_marks_is_taken_unless_it_repeats_or_runs(password: str) -> None:
    plain = password.casefold()
    easy = any(plain == (plain[:n] * 64)[: len(plain)] for n in range(1, 5)) or "!@#" in plain

    assert easy or not rules.password_fault(password)


@given(
    st.sampled_from(["password", "qwerty", "woaini", "iloveyou", "dragon", "letmein"]),
    st.text(string.digits + "!#._-", min_size=4, max_size=12),
    st.integers(0, 2**8 - 1),
)
def test_a_common_word_stays_common_in_any_case_and_with_any_tail(
    word: str, tail: str, cases: int
) -> None:
    shouted = "".join(m.upper() if cases >> i & 1 else m for i, m in enumerate(word))

    assert rules.password_fault(shouted + tail)
    assert rules.password_fault(tail + shouted)


@given(st.text("abcdefgh12!好", min_size=1, max_size=4), st.integers(3, 30))
def test_repeating_a_little_makes_no_password(unit: str, times: int) -> None:
    assert rules.password_fault((unit * times)[:128])


@given(st.text(min_size=0, max_size=9) | st.text(min_size=129, max_size=140))
def test_a_password_of_the_wrong_length_is_refused(password: str) -> None:
    assert rules.password_fault(password) == "Use 10 to 128 characters."


@pytest.mark.parametrize(
    "password",
    [
        "1234567890",
        "13812345678",
        "19900101199",
        "qwertyuiop",
        "qwertyuiopasdf",
        "abcdefghijk",
        "1q2w3e4r5t",
        "zyxwvutsrqp",
        "P@ssw0rd2024",
        "passwordpassword",
        "abc123abc123",
        "aaaaaaaaaaaaaaaaaaaa",
        "trove12345",
        "trovetrovetrove",
    ],
)
def test_what_everybody_tries_first_is_refused(password: str) -> None:
    assert rules.password_fault(password)


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "雨停了我们去喝茶吧明天",
        "vK3!mq8zRw",
        "password of a violin",
        "  spaces  count  ",
    ],
)
def test_what_nobody_tries_first_is_taken(password: str) -> None:
    assert not rules.password_fault(password, own=("ann", "ann@example.org", "ann", ""))


def test_a_password_made_of_ones_own_name_is_refused() -> None:
    assert rules.password_fault("Annabelle_99", own=("annabelle",))
    assert not rules.password_fault("Annabelle_99", own=("bob",))


@given(st.text(max_size=60))
def test_reading_a_contact_twice_is_reading_it_once(text: str) -> None:
    for read in (rules.read_email, rules.read_phone):
        once = read(text)
        assert once is None or read(once) == once


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("138 1234 5678", "+8613812345678"),
        ("+86-138-1234-5678", "+8613812345678"),
        ("１３８１２３４５６７８", "+8613812345678"),
        ("+1 650 253 0000", "+16502530000"),
        ("12345", None),
        ("", None),
        ("+", None),
        ("call me", None),
    ],
)
def test_phone_numbers_are_read_in_any_spelling(text: str, number: str | None) -> None:
    assert rules.read_phone(text) == number


@pytest.mark.parametrize(
    "text", ["", "@", "a@", "a@b", "a b@example.org", "a@example.org\x00", "@example.org"]
)
def test_what_is_no_address_is_not_read(text: str) -> None:
    assert rules.read_email(text) is None


def test_case_and_spelling_make_no_other_login() -> None:
    assert rules.login_key("Ann@Example.ORG") == rules.login_key("ann@example.org")
    assert rules.login_key("138 1234 5678") == rules.login_key("+8613812345678")
    assert rules.login_key("ann") != rules.login_key("ann@example.org")


@given(st.text(max_size=300))
@example("\ud800")
def test_every_text_has_a_mark_that_does_not_tell_it(login: str) -> None:
    mark = rules.login_mark(login)

    assert len(mark) == 64
    assert len(login) < 8 or login not in mark


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("+8613812341234", "138****1234"),
        ("+862112345678", "21****5678"),
        ("+16502530000", "+165****0000"),
        ("+3312", "+****3312"),
    ],
)
def test_the_middle_of_a_phone_number_is_hidden(phone: str, shown: str) -> None:
    assert rules.mask_phone(phone) == shown
    assert Address(AddressId("adr"), "Li Lei", phone, "Shanghai", "Road 1").phone_masked == shown


@given(st.from_regex(r"\+[1-9][0-9]{7,14}", fullmatch=True))
def test_four_figures_of_a_number_are_never_shown(phone: str) -> None:
    shown = rules.mask_phone(phone)

    assert sum(mark.isdigit() for mark in shown) <= len(phone) - 1 - 4


def test_the_name_of_an_address_is_hidden() -> None:
    assert rules.mask_email("annabelle@example.org") == "a***@example.org"


@pytest.mark.parametrize(
    ("agent", "label"),
    [
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Firefox · Linux",
        ),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1", "Safari · iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge · Windows"),
        ("curl/8.5.0", "curl"),
        ("", ""),
        ("<script>", ""),
    ],
)
def test_a_browser_is_named_by_kind_and_system_only(agent: str, label: str) -> None:
    assert rules.agent_label(agent) == label


@given(st.datetimes(timezones=st.just(UTC)))
def test_when_somebody_was_seen_is_known_to_the_hour(at: datetime) -> None:
    hour = rules.hour_of(at)

    assert hour <= at
    assert (hour.minute, hour.second, hour.microsecond) == (0, 0, 0)
    assert (at - hour).total_seconds() < 3600


@given(st.builds(AddressChange, *[st.none() | st.text(min_size=1, max_size=5)] * 4))
def test_a_change_of_an_address_leaves_the_rest(change: AddressChange) -> None:
    before = Address(AddressId("adr"), "Ann", "+8613812341234", "上海市", "南京路 1 号")

    after = rules.changed(before, change)

    assert (after.id, after.version) == (before.id, 2)
    for part in ("recipient", "phone", "region", "street"):
        asked = getattr(change, part)
        assert getattr(after, part) == (getattr(before, part) if asked is None else asked)
