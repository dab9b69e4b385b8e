"""Everywhere that a note is shown, and whether its disclosure stands with it there."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import text

from app.platform.uow import snapshot

Seen = tuple[str, str, bool]
"""Where, which note, and whether it is told there that its author may earn by it."""

MUST = text("""
    SELECT note.id FROM content_note AS note
    JOIN accounts_account AS author ON author.id = note.author_id
    WHERE note.state = 'published' AND author.banned_at IS NULL
    AND (SELECT turn.is_on FROM accounts_creator_switch AS turn
         WHERE turn.account_id = author.id ORDER BY turn.seq DESC LIMIT 1)
    AND EXISTS (
        SELECT 1 FROM content_note_tag AS tag
        JOIN catalogue_product AS product ON product.id = tag.product_id
        JOIN programmes_terms AS terms ON terms.merchant_id = product.merchant_id
        WHERE tag.note_id = note.id AND terms.rate_bp > 0 AND terms.version = (
            SELECT max(version) FROM programmes_terms WHERE merchant_id = product.merchant_id))
""")
"""By the rows that nothing overwrites: the log of the switch, and the last version of the terms."""

CARD = re.compile(r'<article class="card.*?</article>', re.DOTALL)
NOTE = re.compile(r'<article class="note".*?</article>', re.DOTALL)
LINK = re.compile(r'<a href="/note/(note_\w+)"')
URL = re.compile(r'data-url="/note/(note_\w+)"')
WORDS = "the author may earn a commission"


def must() -> set[str]:
    """Return the published notes that have to say that their authors may earn by them."""
    with snapshot() as view:
        return {str(row.id) for row in view.session.connection().execute(MUST)}


def json_faces(
    client: FlaskClient,
    headers: dict[str, str],
    *,
    word: str,
    handles: Iterable[str] = (),
    note_ids: Iterable[str] = (),
) -> Iterator[Seen]:
    """Yield what the API shows somebody; ``headers`` say who."""
    lists = ["/api/v1/feed", f"/api/v1/search?q={word}", f"/api/v1/search?topic={word}"]
    lists += [f"/api/v1/accounts/{handle}/notes" for handle in handles]
    for path in lists:
        for item in _pages(client, headers, path):
            yield path, item["id"], item["disclosure"]
    for note_id in note_ids:
        answer = client.get(f"/api/v1/notes/{note_id}", headers=headers)
        if answer.status_code == 200:
            yield "/api/v1/notes/", note_id, answer.get_json()["disclosure"]


def html_faces(
    client: FlaskClient,
    *,
    word: str,
    handles: Iterable[str] = (),
    note_ids: Iterable[str] = (),
    product_ids: Iterable[str] = (),
    collected: str | None = None,
) -> Iterator[Seen]:
    """Yield what pages and fragments show whoever sits at this browser."""
    pages = ["/", f"/search?q={word}", f"/search?topic={word}"]
    pages += [f"/u/{handle}" for handle in handles]
    pages += [f"/p/{product_id}" for product_id in product_ids]
    pages += [f"/u/{collected}?tab=collected"] if collected else []
    for path in pages:
        yield from _in_html(path, client.get(path).text)
    for note_id in note_ids:
        path = f"/note/{note_id}"
        yield from _in_html("/note/", client.get(path).text)
        yield from _in_html("/note/ over", client.get(path, headers={"HX-Request": "true"}).text)


def _pages(client: FlaskClient, headers: dict[str, str], path: str) -> Iterator[dict[str, Any]]:
    cursor = ""
    while True:
        more = ("&" if "?" in path else "?") + f"size=50{cursor}"
        answer = client.get(path + more, headers=headers)
        if answer.status_code == 404:
            return
        page = answer.get_json()
        yield from page["items"]
        if page["next"] is None:
            return
        cursor = f"&cursor={page['next']}"


def _in_html(where: str, html: str) -> Iterator[Seen]:
    found = set()
    for card in CARD.findall(html):
        note_id = LINK.search(card)[1]
        found.add(note_id)
        yield f"{where} card", note_id, WORDS in card
    for note in NOTE.findall(html):
        before_the_words = note.partition('<div class="prose">')[0]
        yield f"{where} note", URL.search(note)[1], WORDS in before_the_words
    assert set(LINK.findall(html)) == found, f"{where} shows notes in another form"
