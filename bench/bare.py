"""The baseline of the chain: one Flask route that returns ready bytes, nothing round it."""

import os
from pathlib import Path

from flask import Flask, Response

from app.platform.process import load_in_server

load_in_server()
BODY = Path(os.environ["BENCH_BODY"]).read_bytes()
app = Flask(__name__, static_folder=None)


@app.get("/bare")
def bare() -> Response:
    return Response(BODY, content_type="application/json")
