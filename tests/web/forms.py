"""The forms of a page, as a person meets them: fields, what stands in them, what is said of them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

import html5lib
from flask import Flask

OWN = {"csrf_token", "idempotency_key"}
"""What the edge itself puts into forms."""

UNSEEN = {"hidden", "submit", "button"}


@dataclass
class Control:
    """A field with a name; radio buttons and boxes of one name are one."""

    name: str
    kind: str
    required: bool
    values: list[str] = field(default_factory=list)
    """What is chosen or typed."""

    offered: list[str] = field(default_factory=list)
    invalid: bool = False
    said: str = ""
    """What stands beside it, by `aria-describedby`."""

    named: bool = False
    """Whether it has a label."""

    @property
    def visible(self) -> bool:
        """Whether a person can type or choose here."""
        return self.kind not in UNSEEN


@dataclass
class FormSeen:
    """A form of a page, with all that it would send."""

    method: str
    action: str
    controls: dict[str, Control]
    buttons: list[tuple[str, str]]

    @property
    def visible(self) -> list[Control]:
        """What a person can fill in."""
        return [one for one in self.controls.values() if one.visible]

    def filled(self, typed: dict[str, str]) -> dict[str, Any]:
        """Return what the form sends when so much of it was typed."""
        sent: dict[str, Any] = {}
        for one in self.controls.values():
            if one.name in typed:
                sent[one.name] = typed[one.name]
            elif one.values:
                sent[one.name] = one.values if one.name.endswith("[]") else one.values[-1]
        for name, value in self.buttons[:1]:
            sent.setdefault(name, value)
        return sent


@dataclass
class PageSeen:
    """A page: its forms, its ids, and the links to places on it."""

    forms: list[FormSeen]
    ids: set[str]
    anchors: list[str]
    alerts: list[str]
    titles: list[str]


def read_page(html: str) -> PageSeen:
    """Return what stands on a page."""
    tree = html5lib.parse(html, treebuilder="etree", namespaceHTMLElements=False)
    # Scripts alone bring out what a template holds.
    for parent in list(tree.iter()):
        for child in list(parent):
            if child.tag == "template":
                parent.remove(child)
    texts = {one.get("id", ""): _text(one) for one in tree.iter() if one.get("id")}
    labelled = {one.get("for") for one in tree.iter("label")}
    alerts = [one for one in tree.iter() if one.get("role") == "alert"]
    return PageSeen(
        forms=[_form(one, texts, labelled) for one in tree.iter("form")],
        ids=set(texts),
        anchors=[
            str(link.get("href"))[1:]
            for one in alerts
            for link in one.iter("a")
            if str(link.get("href")).startswith("#")
        ],
        alerts=[_text(one) for one in alerts],
        titles=[_text(one) for one in tree.iter("h1")],
    )


def endpoint_of(app: Flask, form: FormSeen) -> str:
    """Return which view a form is sent to."""
    adapter = app.url_map.bind("localhost")
    endpoint, _ = adapter.match(urlsplit(form.action).path, method=form.method)
    return str(endpoint)


def _form(tree: Element, texts: dict[str, str], labelled: set[str | None]) -> FormSeen:
    controls: dict[str, Control] = {}
    buttons = []
    for one, groups in _walk(tree, []):
        name = one.get("name")
        if not name or name in OWN or one.tag not in {"input", "textarea", "select", "button"}:
            continue
        kind = one.get("type", "text" if one.tag == "input" else one.tag)
        if one.tag == "button":
            buttons.append((name, one.get("value", "")))
            continue
        seen = controls.setdefault(name, Control(name, kind, one.get("required") is not None))
        _fill(seen, one)
        _tell(seen, [one, *groups], texts)
        seen.named |= one.get("id") in labelled or bool(one.get("aria-label"))
        seen.named |= any(group.tag == "label" for group in groups)
    action = tree.get("action", "")
    return FormSeen(tree.get("method", "get").upper(), action, controls, buttons)


def _walk(tree: Element, groups: list[Element]) -> Iterator[tuple[Element, list[Element]]]:
    for child in tree:
        yield child, groups
        inner = [child, *groups] if child.tag in {"fieldset", "label"} else groups
        yield from _walk(child, inner)


def _fill(seen: Control, one: Element) -> None:
    if one.tag == "textarea":
        seen.values.append(_raw(one).removeprefix("\n"))
    elif one.tag == "select":
        for option in one.iter("option"):
            value = option.get("value", _text(option))
            seen.offered.append(value)
            if option.get("selected") is not None:
                seen.values.append(value)
        seen.values = seen.values or seen.offered[:1]
    elif seen.kind in {"radio", "checkbox"}:
        seen.offered.append(one.get("value", "on"))
        if one.get("checked") is not None:
            seen.values.append(one.get("value", "on"))
    elif seen.kind != "file":
        seen.values.append(one.get("value", ""))


def _tell(seen: Control, near: list[Element], texts: dict[str, str]) -> None:
    for one in near:
        if one.get("aria-invalid") == "true":
            seen.invalid = True
            said = [texts.get(part, "") for part in (one.get("aria-describedby") or "").split()]
            seen.said = " ".join(part for part in said if part)


def _raw(tree: Element) -> str:
    return "".join(tree.itertext())


def _text(tree: Element) -> str:
    return " ".join(_raw(tree).split())
