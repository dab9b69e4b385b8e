"""One application for all texts: each round makes things of its own in it."""

import pytest
from flask import Flask

from tests.api.conftest import site
from tests.text.judging import facts
from tests.text.reading import LATER, PLAIN, token
from tests.text.wearing import dress, echo, look

__all__ = ["known", "site"]


@pytest.fixture(scope="module")
def known(site: Flask, tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """What pages are made of whose every text is plain; each of these texts is seen somewhere."""
    where = dress(site, 9_000, PLAIN, tmp_path_factory.mktemp("plain"))
    csrf, found = token(where), set()
    asked = [one for text in ("tea", "plain") for one in echo(where, text, csrf)]
    for _, answer in (*look(where), *asked):
        if answer.mimetype == "text/html":
            found |= facts(answer.text)
    assert not [one for one in found if one.startswith("<?")], sorted(found)
    return found | LATER
