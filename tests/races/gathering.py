"""Races of a crowd: likes and follows in storms, a note that is changed and deleted at one moment."""

from functools import partial

from app.content import api as content
from app.content.api import DraftPicture, NoteDraft
from app.kernel.ids import NoteId
from app.platform.uow import transact
from tests.races.buying import one_answer
from tests.races.crowd import CLIENTS, Answer, Call, statuses, unexpected
from tests.races.ground import Ground
from tests.races.rounds import Round

TWICE = 5
"""So many do it twice at one moment; as many more do it and take it back."""


def likes(ground: Ground) -> Round:
    """A note that is liked, liked twice, and liked no longer: its count is who likes it."""
    note_id = _publish(ground)
    path = f"/api/v1/notes/{note_id}/like"

    def judge(answers: list[Answer]) -> list[str]:
        asked = "SELECT count(*) FROM content_reaction WHERE note_id = :id AND kind = 'like'"
        rows = ground.value(asked, id=note_id)
        shown = ground.crowd.one(Call("GET", f"/api/v1/notes/{note_id}"))
        faults = unexpected(answers, {204: None})
        if not TWICE <= rows <= 2 * TWICE:
            faults.append(f"{rows} like it")
        if shown.body["likes"] != rows:
            faults.append(f"{shown.body['likes']} likes are shown, {rows} like it")
        return faults

    return Round(_storm(ground, path), judge)


def follows(ground: Ground) -> Round:
    """Somebody who is followed, twice, and no longer: the counts are who follows."""
    followed = ground.people[-1]
    path = f"/api/v1/accounts/{followed.handle}/follow"

    def judge(answers: list[Answer]) -> list[str]:
        faults = unexpected(answers, {204: None})
        wrong = ground.rows(
            "SELECT a.handle, a.followers, a.following FROM accounts_account a WHERE a.followers <>"
            " (SELECT count(*) FROM accounts_follow f WHERE f.followed_id = a.id) OR a.following <>"
            " (SELECT count(*) FROM accounts_follow f WHERE f.follower_id = a.id)"
        )
        faults += [f"the counts of {row[0]} are ({row[1]}, {row[2]})" for row in wrong]
        shown = ground.crowd.one(Call("GET", f"/api/v1/accounts/{followed.handle}")).body
        asked = "SELECT count(*) FROM accounts_follow WHERE followed_id = :id"
        if shown["followers"] != (rows := ground.value(asked, id=followed.id)):
            faults.append(f"{shown['followers']} followers are shown, {rows} follow")
        # So that all begin anew in the next round.
        ground.crowd.at_once([Call("DELETE", path, one) for one in ground.people[:10]])
        return faults

    return Round(_storm(ground, path), judge)


def same_change(ground: Ground) -> Round:
    """Twenty changes of the version that all have seen: one holds, the others are told."""
    note_id = _publish(ground)
    calls = [
        _edit(ground, note_id, place, headers={"If-Match": '"v1"'}) for place in range(CLIENTS)
    ]

    def judge(answers: list[Answer]) -> list[str]:
        faults = unexpected(answers, {200: None, 412: "note-stale"})
        held = [one.body["title"] for one in answers if one.status == 200]
        shown = ground.crowd.one(Call("GET", f"/api/v1/notes/{note_id}")).body
        if [(shown["title"], shown["version"])] != [(title, 2) for title in held]:
            faults.append(f"{held} were kept; {shown['title']!r}, v{shown['version']} is shown")
        return faults

    return Round(calls, judge)


def change_or_delete(ground: Ground) -> Round:
    """A note that is changed and deleted at one moment: it is gone, once, for everybody."""
    note_id = _publish(ground)
    path = f"/api/v1/notes/{note_id}"
    calls = [
        _edit(ground, note_id, place) if place % 2 else Call("DELETE", path, ground.people[0])
        for place in range(CLIENTS)
    ]

    def judge(answers: list[Answer]) -> list[str]:
        faults = unexpected(answers[::2], {204: None, 404: None})
        faults += unexpected(answers[1::2], {200: None, 404: None, 412: "note-stale"})
        if (gone := statuses(answers[::2]).get(204, 0)) != 1:
            faults.append(f"{gone} were told that they deleted it")
        changed = statuses(answers[1::2]).get(200, 0)
        row = tuple(
            ground.rows("SELECT state, version FROM content_note WHERE id = :id", id=note_id)[0]
        )
        if row != ("deleted", 2 + changed):
            faults.append(f"after {changed} changes and its end it is {row}")
        if ground.crowd.one(Call("GET", path)).status != 404:
            faults.append("it is still shown")
        return faults

    return Round(calls, judge)


def same_key_publish(ground: Ground) -> Round:
    """A note, sent twenty times under its key: one, and one answer."""
    title = ground.name("n")
    call = Call(
        "POST", "/api/v1/notes", ground.people[0], _draft(ground, title), key=ground.name("publish")
    )

    def judge(answers: list[Answer]) -> list[str]:
        faults = one_answer([*answers, ground.crowd.one(call)], 201)
        actor = ground.people[0].id
        ground.told.extend(
            {"id": one.body["id"], "actor": actor} for one in answers if one.status == 201
        )
        found = ground.value("SELECT count(*) FROM content_note WHERE title = :title", title=title)
        return faults if found == 1 else [*faults, f"{found} notes of one key"]

    return Round([call] * CLIENTS, judge)


def _storm(ground: Ground, path: str) -> list[Call]:
    twice = [Call("PUT", path, one) for one in ground.people[:TWICE] for _ in range(2)]
    both = [
        Call(method, path, one)
        for one in ground.people[TWICE : 2 * TWICE]
        for method in ("PUT", "DELETE")
    ]
    return twice + both


def _publish(ground: Ground) -> NoteId:
    draft = NoteDraft(ground.name("n"), "", (DraftPicture(ground.picture_id),), ())
    return transact(partial(content.publish, author_id=ground.people[0].id, draft=draft))


def _draft(ground: Ground, title: str) -> dict[str, object]:
    return {"title": title, "body": "", "pictures": [{"picture_id": ground.picture_id}]}


def _edit(
    ground: Ground, note_id: NoteId, place: int, headers: dict[str, str] | None = None
) -> Call:
    body = _draft(ground, f"by {place}")
    return Call("PATCH", f"/api/v1/notes/{note_id}", ground.people[0], body, headers=headers or {})


RACES = (likes, follows, same_change, change_or_delete, same_key_publish)
