"""Ages on pages are told by the installation's clock, which a demo moves."""

import re

from tests.support.town import open_shop, publish


def _age(client, note_id: str, **said) -> str:
    page = client.get(f"/note/{note_id}", **said).get_data(as_text=True)
    (shown,) = re.findall(r"<time[^>]*>([^<]+)</time>", page)
    return shown


def test_a_note_grows_older_as_the_clock_is_moved(sign_up, pass_time) -> None:
    ann = sign_up("ann")
    open_shop(ann, "teashop")
    note_id = publish(ann)
    assert _age(ann.client, note_id) == "just now"

    pass_time(days=3)

    assert _age(ann.client, note_id) == "3 d ago"
    assert _age(ann.client, note_id, headers={"HX-Request": "true"}) == "3 d ago"
