"""Texts by a grammar: markup as somebody writes it who wants a page to take it for more than text.

What is drawn is put together of openings, endings, attributes, addresses and code, well formed or
not, after something that would end what a page had begun, and written in one of several ways.
"""

import html
from urllib.parse import quote

from hypothesis import strategies as st

CODE = "hit=1"

_BLANKS = st.sampled_from([" ", "\n", "\t", "/", "\x0c", "", " / ", "\u00a0", "\u2028"])
_ELEMENTS = st.sampled_from(
    [
        "script",
        "img",
        "svg",
        "math",
        "a",
        "b",
        "p",
        "i",
        "iframe",
        "frame",
        "style",
        "template",
        "select",
        "option",
        "textarea",
        "title",
        "noscript",
        "form",
        "input",
        "button",
        "base",
        "meta",
        "link",
        "object",
        "embed",
        "body",
        "html",
        "video",
        "audio",
        "source",
        "details",
        "dialog",
        "table",
        "td",
        "x-y",
        "annotation-xml",
        "foreignObject",
        "desc",
        "set",
        "animate",
        "use",
        "image",
        "slot",
        "portal",
        "search-box",
        "snap-carousel",
        "toast-area",
    ]
)
_HANDLERS = st.sampled_from(
    [
        "onerror",
        "onload",
        "onclick",
        "onfocus",
        "ontoggle",
        "onbegin",
        "onpointerenter",
        "onanimationstart",
        "onscroll",
        "onbeforetoggle",
        "hx-on:load",
        "hx-on::load",
        "hx-get",
        "hx-vals",
        "hx-trigger",
        "data-touch",
        "data-close",
        "is",
        "slot",
        "form",
        "formaction",
        "srcdoc",
        "style",
        "id",
        "name",
    ]
)
_SCHEMES = st.sampled_from(
    [
        "javascript:",
        "JaVaScRiPt:",
        "java\tscript:",
        "\x01javascript:",
        "data:text/html,",
        "vbscript:",
        "blob:",
        "//a.test/",
        "\\\\a.test/",
        "https://a.test/",
        "/media/",
        "#",
    ]
)
_CARRIERS = st.sampled_from(
    ["href", "src", "action", "data", "xlink:href", "srcset", "poster", "content", "to"]
)
_ENDINGS = st.sampled_from(
    [
        "",
        '"',
        "'",
        "`",
        ">",
        '">',
        "'>",
        "-->",
        "--!>",
        "]]>",
        "*/",
        "</title>",
        "</textarea>",
        "</script>",
        "</style>",
        "</select>",
        "</svg>",
        "</template>",
        "}}",
        "\\",
        "\\'",
        "${",
        "#",
    ]
)
_QUOTES = st.sampled_from(['"{}"', "'{}'", "{}", "`{}`", '"{}', "'{}"])


def _attribute(name: str, value: str, quote_: str, blank: str) -> str:
    return f"{blank or ' '}{name}={quote_.format(value)}"


_addresses = st.builds("{}{}".format, _SCHEMES, st.just(CODE))
_attributes = st.one_of(
    st.builds(_attribute, _HANDLERS, st.just(CODE), _QUOTES, _BLANKS),
    st.builds(_attribute, _CARRIERS, _addresses, _QUOTES, _BLANKS),
)
_openings = st.builds(
    "<{}{}{}{}".format,
    _ELEMENTS,
    st.lists(_attributes, max_size=3).map("".join),
    _BLANKS,
    st.sampled_from([">", "/>", "", " ", "<"]),
)
_insides = st.sampled_from(
    [
        CODE,
        f"{{{{{CODE}}}}}",
        f"${{{CODE}}}",
        "<!--",
        "<![CDATA[",
        "<?xml ",
        "&lt;b&gt;",
        "#tea",
        "",
    ]
)
_closings = st.builds("</{}{}>".format, _ELEMENTS, _BLANKS)
_pieces = st.one_of(_openings, _openings, _insides, _closings, _addresses)


def _wide(text: str) -> str:
    return "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in text)


_WRITINGS = st.sampled_from(
    [
        str,
        str,
        str,
        str.swapcase,
        html.escape,
        lambda text: html.escape(html.escape(text)),
        lambda text: "".join(f"&#{ord(one)};" for one in text),
        lambda text: "".join(f"&#x{ord(one):x}" for one in text),
        quote,
        lambda text: "".join(f"\\u{ord(one) & 0xFFFF:04x}" for one in text),
        lambda text: "".join(f"\\x{ord(one) & 0xFF:02x}" for one in text),
        "\u200b".join,
        lambda text: text[::-1] + "\u202e",
        _wide,
    ]
)


def _written(ending: str, pieces: list[str], writing: object) -> str:
    assert callable(writing)
    return str(ending + writing("".join(pieces)))


markup = st.builds(_written, _ENDINGS, st.lists(_pieces, min_size=1, max_size=4), _WRITINGS)
"""Strategy: a text of the grammar."""
