"""Trove as it is served, with one route more: the same ready bytes behind the whole chain."""

import os
from pathlib import Path

from flask import Response

from app.web.caller import signed_in
from wsgi import app

BODY = Path(os.environ["BENCH_BODY"]).read_bytes()


@app.get("/bench/chain")
def chain() -> Response:
    signed_in()
    return Response(BODY, content_type="application/json")


__all__ = ["app"]
