"""Every word of the site is said in Chinese too, once, and nothing is kept that nobody says."""

import re
from pathlib import Path

import pytest
from marshmallow import fields

from app.web.parsing import faults
from tools import words

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "app").glob("**/templates/**/*.html"))
SAID_AS_THEY_ARE = {"CSV", "OpenAPI", "English"}
"""Words that are the same in both languages."""


@pytest.fixture(scope="module")
def said() -> dict[words.Message, set[str]]:
    return words.messages()


@pytest.fixture(scope="module")
def kept() -> dict[words.Message, set[str]]:
    found: dict[words.Message, set[str]] = {}
    for catalogue in words.catalogues().values():
        for one in catalogue:
            if one.id and not one.fuzzy:
                parts = [one.string] if isinstance(one.string, str) else list(one.string)
                found.setdefault(words.plain(one.id), set()).update(parts)
    return found


def test_the_extraction_sees_templates_and_refusals_and_sentences(said) -> None:
    assert len(said) > 400
    assert said["Skip to the content"] == {"web"}
    assert said["There is no such thing"] == {"web"}
    assert said["Somebody goes by this name already."] == {"accounts"}
    assert said["At most {} characters, please."] == {"web"}
    assert said["%(num)s result", "%(num)s results"] == {"site"}


def test_every_message_has_its_chinese(said, kept) -> None:
    missing = [message for message in said if not all(kept.get(message, {""}))]

    assert missing == [], "make translations, then fill in what is empty"


def test_nothing_is_kept_that_nobody_says(said, kept) -> None:
    assert [message for message in kept if message not in said] == [], "make translations"


def test_one_message_has_one_translation(kept) -> None:
    assert [message for message, chinese in kept.items() if len(chinese) > 1] == []


def test_a_translation_has_the_places_of_its_message(kept) -> None:
    place = re.compile(r"%\(\w+\)s|\{\}")
    wrong = []
    for message, chinese in kept.items():
        forms = [message] if isinstance(message, str) else message
        wanted = set(place.findall(forms[-1]))
        wrong += [message for one in chinese if set(place.findall(one)) != wanted]

    assert wrong == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_speaks_one_language_only(path: Path) -> None:
    assert bare_words(path.read_text()) == []


def test_bare_words_are_found() -> None:
    sample = "{# why #}<p class='a'>{{ _('Cart') }} Total <b title='Big one'>{{ n }}</b></p>"

    assert bare_words(sample) == ["Total", "Big", "one"]


def test_a_refused_form_speaks_the_readers_language(client) -> None:
    page = client.get("/signup?lang=zh").text
    token = re.search(r'name="csrf-token" content="([^"]+)"', page)[1]
    typed = {"handle": "ann", "name": "n" * 41, "height": "tall", "csrf_token": token}

    shown = client.post("/signup?lang=zh", data=typed).text

    for chinese in ("最多 40 个字", "请填写此项", "这里没有这一项"):
        assert chinese in shown


@pytest.mark.parametrize(
    "field",
    [
        fields.String,
        fields.Integer,
        fields.Float,
        fields.Boolean,
        fields.List,
        fields.Date,
        fields.Email,
    ],
)
def test_what_the_library_says_is_said_in_our_words(field, said) -> None:
    made = field(fields.String()) if field is fields.List else field()
    for name in ("required", "null", "invalid"):
        (fault,) = faults({"x": [made.error_messages[name]]})
        assert fault["detail"] in said


def bare_words(template: str) -> list[str]:
    """Return what a reader would see or hear that stands outside of `_()`."""
    macro = re.compile(r"{%-? macro .*?%}[^<]*?{%-? endmacro -?%}", re.DOTALL)
    text = macro.sub("", template)  # without a tag in it, it makes an attribute or an address
    text = re.sub(r"{#.*?#}|{{.*?}}|{%.*?%}|<!doctype[^>]*>", "", text, flags=re.DOTALL)
    text = re.sub(r"<(script|svg)\b.*?</\1>", "", text, flags=re.DOTALL)
    spoken = re.compile(r"\s(?:title|alt|placeholder|aria-label)=([\"'])(.*?)\1")
    heard = " ".join(match[2] for match in spoken.finditer(text))
    seen = re.sub(r"<[^>]*>", " ", text)
    found = re.findall(r"[A-Za-z]{3,}", f"{seen} {heard}")
    return [word for word in found if word not in SAID_AS_THEY_ARE]
