"""The OpenAPI document: made when it is first asked for, not at every start."""

import threading
from typing import Any

import orjson
from flask import Flask, Response
from flask_smorest import Api, Blueprint


class LateApi(Api):  # type: ignore[misc] # flask-smorest has no types
    """flask-smorest's API, which makes its document late and once.

    Making it is the larger half of a start, and most processes are never asked for it: commands,
    the worker, nearly every test.
    """

    def __init__(self, app: Flask, **options: Any) -> None:
        """Serve the document of ``app`` at its address; ``options`` are flask-smorest's."""
        self._undescribed: list[Blueprint] = []
        self._making = threading.Lock()
        self._document: bytes | None = None
        super().__init__(app, **options)

    def register_blueprint(
        self, blp: Blueprint, *, parameters: list[Any] | None = None, **options: Any
    ) -> None:
        """Register the routes of ``blp``; what they say of themselves is read later."""
        assert parameters is None
        assert not options
        self._app.extensions["flask-smorest"]["blp_name_to_api"][blp.name] = self
        self._app.register_blueprint(blp)
        self._undescribed.append(blp)

    def _register_responses(self) -> None:
        """Begin without an answer for each of HTTP's 60 states; each operation tells its own.

        They would be a third of a start.
        """

    def _register_pagination_header(self) -> None:
        """Tell nothing of flask-smorest's own way to page, which is not ours."""

    def _openapi_json(self) -> Response:
        return Response(self._made(), content_type="application/json")

    def _made(self) -> bytes:
        with self._making:
            if self._document is None:
                for blp in self._undescribed:
                    blp.register_views_in_doc(
                        self, self._app, self.spec, name=blp.name, parameters=None
                    )
                    self.spec.tag({"name": blp.name, "description": blp.description})
                self._document = orjson.dumps(self.spec.to_dict())
            return self._document
