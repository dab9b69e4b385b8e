"""What is true of a feed, worked out from the rows of accounts and notes alone."""

import math
from collections.abc import Callable
from typing import Any

from sqlalchemy import text

from app.platform.uow import snapshot

DAY = 86_400 * 1_000_000
"""In the unit of the column: microseconds."""

FOLLOWED = """
    SELECT note.id FROM content_note AS note
    JOIN accounts_follow AS follow ON follow.followed_id = note.author_id
    WHERE follow.follower_id = :reader AND note.state = 'published'
"""

TOPICS = """
    SELECT theirs.note_id AS id, theirs.name FROM content_note_topic AS theirs
    JOIN content_note AS note ON note.id = theirs.note_id AND note.state = 'published'
    WHERE theirs.name IN (
        SELECT mine.name FROM content_note_topic AS mine
        JOIN content_reaction AS reaction ON reaction.note_id = mine.note_id
        WHERE reaction.account_id = :reader)
"""

REACTED = """
    SELECT note.id, note.published_at,
        sum(CASE reaction.kind WHEN 'collect' THEN 2 ELSE 1 END) AS weight
    FROM content_note AS note JOIN content_reaction AS reaction ON reaction.note_id = note.id
    WHERE note.state = 'published' GROUP BY note.id, note.published_at
"""

RECENT = "SELECT id FROM content_note WHERE state = 'published' AND published_at > :now - 30 * :day"

ALL = "SELECT id FROM content_note WHERE state = 'published'"


def truths(reader_id: str | None, *, now_us: int) -> Callable[[str, str, str | None], bool]:
    """Return what tells whether a note is in a reader's feed for a reason with a name."""
    with snapshot() as view:
        connection = view.session.connection()

        def rows(statement: str) -> list[Any]:
            known = {"reader": reader_id, "now": now_us, "day": DAY}
            return list(connection.execute(text(statement), known))

        sets = {
            "followed": {row.id for row in rows(FOLLOWED)},
            "recent": {row.id for row in rows(RECENT)},
            "more": {row.id for row in rows(ALL)},
            "popular": {
                row.id
                for row in sorted(rows(REACTED), key=lambda row: _heat(row, now_us), reverse=True)[
                    :200
                ]
            },
        }
        topics = {(row.id, row.name) for row in rows(TOPICS)}

    def is_true(note_id: str, code: str, name: str | None) -> bool:
        return (note_id, name) in topics if code == "topic" else note_id in sets[code]

    return is_true


def _heat(row: Any, now_us: int) -> float:
    return float(row.weight) * math.exp2((row.published_at - now_us) / (7 * DAY))
