"""What an account may be called, which passwords are too easy, what is shown of a secret."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from app.kernel.ids import AccountId, AddressId, DeviceId, PictureId

HOME_REGION: Final = "CN"
"""Where a phone number without a country code is from."""

PASSWORD_LEAST: Final = 10
PASSWORD_MOST: Final = 128
"""The longest password; argon2 takes more, but its cost grows with what strangers send."""

DIGITS_LEAST: Final = 15
"""Digits alone need this many: shorter ones are phone numbers, birthdays and runs."""

UNIT_MOST: Final = 4
"""A password that repeats so few characters is as easy as those."""

REST_LEAST: Final = 6
"""What a password must hold beside a name that everybody can read."""

SESSION_LIFE: Final = timedelta(days=90)
SESSION_IDLE: Final = timedelta(days=30)
"""A session ends after either (OWASP ASVS 7.3)."""

ADDRESSES_MAX: Final = 20
TOKENS_MAX: Final = 20
"""Nobody needs more; each is a row that somebody else could have filled."""

SIGN_INS_PER_ACCOUNT: Final = "5/minute;25/hour"
SIGN_INS_PER_ADDRESS: Final = "25/5 minutes"
SIGN_UPS_PER_ADDRESS: Final = "10/hour"
"""In the notation of the `limits` package. A family shares an address; a guesser needs more."""

RESERVED: Final = frozenset(
    re.findall(
        "[a-z]+",
        "about account accounts admin administrator anonymous api app billing brand brands cart"
        " checkout contact creator creators demo developers everyone feed finance help home info"
        " legal login logout mail me merchant merchants mod moderation moderator news nobody note"
        " notes null official operator order orders owner pay payment payments postmaster press"
        " privacy product products root sales search security service settings shop signin signout"
        " signup site staff static status studio support system team terms topic trove undefined"
        " user users webmaster www xiaoji",
    )
)
"""Handles that would speak for the site, or read like one of its addresses."""

_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Bidirectional overrides: with them a name reads as another's."""

_HANDLE = re.compile(r"[a-z0-9_]{3,30}")

_COMMON = frozenset(
    re.findall(
        "[a-z]+",
        "abcd access account admin administrator aini aishiteru amanda andrea andrew angel angels"
        " apple arsenal asdf asdfasdf ashley asshole austin babygirl bailey banana barcelona"
        " baseball basketball batman beautiful biteme blink blahblah buster butterfly changeme"
        " charlie cheese chelsea chocolate computer consumer cookie corvette cowboys dallas daniel"
        " default diamond dolphin dragon elephant facebook falcon family ferrari flower football"
        " forever freedom friend friends fuckyou garfield george ginger google guest hannah harley"
        " hello helloworld hockey hunter iloveu iloveyou internet jennifer jessica jordan joshua"
        " justin killer ladybug letmein letmeinnow liverpool loveme lovely lover loveyou maggie"
        " manager martin master matrix matthew mercedes merlin michael michelle midnight monkey"
        " monster mustang mynoob mypassword naruto nicole ninja nopassword nothing orange pass"
        " passw password passwort patrick peanut pepper pokemon princess private purple qazwsx"
        " qazwsxedc qweasd qweasdzxc qwer qwerty qwertyuiop rainbow ranger robert samsung samantha"
        " secret security shadow silver slipknot snoopy soccer sophie spiderman starwars steelers"
        " summer sunshine superman superstar sweety taylor tennis test testing testtest thomas"
        " thunder tigger trustno trustnoone unknown user username victoria welcome welcometo"
        " whatever william winner winter woaini woaiwojia wodemima xiaoming yankees yellow zhangwei"
        " zaqxsw zaqwsx wang zhang li mima nihao woaizhongguo q w e r a z x s d",
    )
)
"""What is left of passwords that everybody tries, once figures and signs round it are taken off;
our own list, made with the pinyin ones that Chinese leaks begin with."""

_OWN_SITE = ("trove", "xiaoji", "小集")

_RUNS = tuple(
    run
    for row in (
        "abcdefghijklmnopqrstuvwxyz",
        "01234567890",
        "qwertyuiop",
        "asdfghjkl",
        "zxcvbnm",
        "1q2w3e4r5t6y7u8i9o0p",
        "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
        "!@#$%^&*()",
    )
    for run in (row, row[::-1])
)
"""What fingers run along."""

_LOOKALIKES = str.maketrans("013457@$!", "oieastasi")

_BROWSERS = (
    ("MicroMessenger", "WeChat"),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
    ("curl", "curl"),
    ("python", "Python"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


@dataclass(frozen=True, slots=True)
class NewAccount:
    """Somebody who signs up; e-mail and phone as `read_email` and `read_phone` return them."""

    handle: str
    name: str
    email: str | None
    phone: str | None
    password: str | None


@dataclass(frozen=True, slots=True)
class Visit:
    """The browser or program at the other end, and whose session it already has, if any."""

    device_id: DeviceId
    user_agent: str
    account_id: AccountId | None = None
    session_id: str | None = None


@dataclass(frozen=True, slots=True)
class ProfileChange:
    """What is to change about how somebody shows themselves; None leaves it as it is."""

    name: str | None = None
    bio: str | None = None
    avatar_picture_id: PictureId | None = None
    drop_avatar: bool = False


@dataclass(frozen=True, slots=True)
class Address:
    """Where parcels go; ``phone`` is E.164, and shown only as ``phone_masked``."""

    id: AddressId
    recipient: str
    phone: str
    region: str
    street: str
    version: int = 1

    @property
    def phone_masked(self) -> str:
        """The phone number with its middle hidden."""
        return mask_phone(self.phone)


@dataclass(frozen=True, slots=True)
class AddressDraft:
    """An address that somebody wrote down; ``phone`` is E.164."""

    recipient: str
    phone: str
    region: str
    street: str


@dataclass(frozen=True, slots=True)
class AddressChange:
    """What is to change of an address; None leaves it as it is."""

    recipient: str | None = None
    phone: str | None = None
    region: str | None = None
    street: str | None = None


def changed(before: Address, change: AddressChange) -> Address:
    """Return ``before`` with ``change`` made to it, one version on."""
    return Address(
        id=before.id,
        recipient=before.recipient if change.recipient is None else change.recipient,
        phone=before.phone if change.phone is None else change.phone,
        region=before.region if change.region is None else change.region,
        street=before.street if change.street is None else change.street,
        version=before.version + 1,
    )


def handle_fault(handle: str) -> str:
    """Return what is wrong with a handle that somebody chooses, or nothing."""
    if not _HANDLE.fullmatch(handle):
        return "Use 3 to 30 of the characters a‑z, 0‑9 and _."
    if handle.strip("_") in RESERVED:
        return "This name is reserved."
    return ""


def name_fault(name: str) -> str:
    """Return what is wrong with the name that somebody shows, or nothing."""
    if not any(unicodedata.category(mark)[0] in "LNPS" for mark in name):
        return "Write a name that can be seen."
    if _TURNS.search(name):
        return "Signs that turn the direction of writing cannot be used here."
    return ""


def password_fault(password: str, *, own: Iterable[str] = ()) -> str:
    """Return what is wrong with a password that somebody chooses, or nothing.

    Args:
        password: exactly as it was typed; it is folded for the comparison only.
        own: names and addresses of theirs, which others guess first.

    Source: NIST SP 800-63B-4, 3.1.1.2: length and a list of what is commonly used, no rules of
    composition.
    """
    if not PASSWORD_LEAST <= len(password) <= PASSWORD_MOST:
        return "Use 10 to 128 characters."
    plain = password.casefold()
    if _is_easy(plain):
        return "This is one of the first passwords that others would try."
    words = [word.casefold() for word in (*own, *_OWN_SITE)]
    if any(len(word) > 1 and len(plain.replace(word, "")) < REST_LEAST for word in words):
        return "This is too close to your own name or address, or to ours."
    return ""


def read_email(text: str) -> str | None:
    """Return an e-mail address in its normal form, or None; no name server is asked."""
    try:
        return validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError:
        return None


def read_phone(text: str) -> str | None:
    """Return a phone number as E.164, or None; without a country code it is Chinese."""
    try:
        number = phonenumbers.parse(text, HOME_REGION)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def email_key(email: str) -> str:
    """Return by what an e-mail address is found: case does not make another address."""
    return "email:" + email.casefold()


def phone_key(phone: str) -> str:
    """Return by what an E.164 number is found."""
    return "phone:" + phone


def login_key(login: str) -> str:
    """Return by what somebody is found who signs in with ``login``; any text has a key."""
    if "@" in login:
        return email_key(read_email(login) or login)
    phone = read_phone(login)
    return phone_key(phone) if phone else "none:" + login.casefold()


def login_mark(login: str) -> str:
    """Return under what the tries of one ``login`` are counted; it does not tell the login."""
    return hashlib.sha256(login_key(login).encode("utf-8", "replace")).hexdigest()


def mask_phone(phone: str) -> str:
    """Return an E.164 number as `138****1234`, with the country where it is not China."""
    figures = phone.removeprefix("+86").removeprefix("+")
    shown = min(3, max(0, len(figures) - 8))
    sign = "" if phone.startswith("+86") else "+"
    return f"{sign}{figures[:shown]}****{figures[-4:]}"


def mask_email(email: str) -> str:
    """Return an address as `a***@example.org`."""
    name, _, domain = email.rpartition("@")
    return f"{name[:1]}***@{domain}"


def agent_label(user_agent: str) -> str:
    """Return `Firefox · Linux` for a User-Agent header, as little as a person needs to know it."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    return " · ".join(part for part in (browser, system) if part)


def hour_of(at: datetime) -> datetime:
    """Return the hour in which ``at`` falls: more is not kept of when somebody was last seen."""
    return at.replace(minute=0, second=0, microsecond=0)


def _is_easy(plain: str) -> bool:
    if plain.isdecimal() and len(plain) < DIGITS_LEAST:
        return True
    unit = _unit(plain)
    repeats = len(unit) <= UNIT_MOST and len(unit) < len(plain)
    return repeats or _is_run(unit) or _is_common(unit)


def _unit(text: str) -> str:
    """Return the shortest text that ``text`` repeats; most texts repeat only themselves."""
    return text[: (text + text).find(text, 1)]


def _is_run(text: str) -> bool:
    """Tell whether ``text`` is nothing but runs of three or more along a row of keys."""
    at = 0
    while at < len(text):
        longest = max(_run_length(text, at, row) for row in _RUNS)
        if longest < 3:
            return False
        at += longest
    return True


def _run_length(text: str, at: int, row: str) -> int:
    begin = row.find(text[at])
    length = 0
    while begin >= 0 and text[at : at + length + 1] == row[begin : begin + length + 1]:
        length += 1
        if at + length >= len(text) or begin + length >= len(row):
            break
    return length


def _is_common(plain: str) -> bool:
    core = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", plain)
    return core in _COMMON or core.translate(_LOOKALIKES) in _COMMON
