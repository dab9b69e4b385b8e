"""Writing to Elasticsearch: versioned bulks, and rebuilds beside the index in use."""

import contextlib
import json
import secrets
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from search.elastic_link import MAKE_SECONDS, WRITE_SECONDS, Line, Missing
from search.elastic_parts import META, document, index_body
from search.port import KINDS, AnalysisChanged, Doc, DocRefused, Ref, SearchDown

CHUNK_BYTES = 4_000_000
CHUNK_ACTIONS = 1_000
BACK_OFF_SECONDS = (0.1, 0.2, 0.4, 0.8, 1.6)
"""How long to wait before each next try of what the server was too busy for."""

REFUSED_MAX = 100
NO_INDEX = "index_not_found_exception"


@dataclass(frozen=True, slots=True)
class Action:
    """A put or a drop; ``source`` is the document as JSON, or None."""

    ref: Ref
    version: int
    source: bytes | None

    @classmethod
    def put(cls, doc: Doc) -> "Action":
        """Return the action that keeps ``doc``."""
        # Even for puts, odd for drops: a drop wins over the put of its own version, and stays.
        source = json.dumps(document(doc), ensure_ascii=False, separators=(",", ":")).encode()
        return cls(Ref(doc.kind, doc.id, doc.version), doc.version * 2, source)

    @classmethod
    def drop(cls, ref: Ref) -> "Action":
        """Return the action that forgets what ``ref`` names."""
        return cls(ref, ref.version * 2 + 1, None)

    def lines(self, target: str) -> list[bytes]:
        """Return the action as lines of a bulk."""
        said = {
            "_index": target,
            "_id": self.ref.id,
            "version": self.version,
            "version_type": "external_gte",
            # A name that is gone must not come back as an index of the server's own making.
            "require_alias": True,
        }
        name = "delete" if self.source is None else "index"
        head = json.dumps({name: said}).encode()
        return [head] if self.source is None else [head, self.source]


@dataclass(frozen=True, slots=True)
class State:
    """The index in use of a kind, the one made beside it, and which are not of this code."""

    here: str | None
    beside: str | None
    strange: tuple[str, ...]

    def fit(self, *, reading: bool = False) -> None:
        """Make sure that this code can use what there is; to read it needs the one in use only.

        Raises:
            AnalysisChanged: it is of another version.
        """
        used = (self.here,) if reading else (self.here, self.beside)
        for name in self.strange:
            if name in used:
                raise AnalysisChanged(
                    f"the index {name} is of another version; run `trove reindex`"
                )


class Writing:
    """Who makes, fills and swaps the indexes."""

    def __init__(self, line: Line, back_off: Sequence[float] = BACK_OFF_SECONDS) -> None:
        """Write over ``line``, pausing as ``back_off`` says while the server is too busy."""
        self._line = line
        self._back_off = back_off

    def alias(self, kind: str) -> str:
        """Return the name by which the index of a kind is read and written."""
        return f"{self._line.prefix}-{kind}"

    def look(self, kind: str, seconds: float = WRITE_SECONDS) -> State:
        """Return how it stands with a kind."""
        alias = self.alias(kind)
        try:
            with self._line.within(seconds) as client:
                found = client.indices.get(
                    index=[alias, _next(alias)],
                    ignore_unavailable=True,
                    allow_no_indices=True,
                    filter_path="*.aliases,*.mappings._meta",
                ).body
        except Missing:
            found = {}
        names: dict[str, str] = {}
        strange = []
        for name, said in found.items():
            names |= dict.fromkeys(said.get("aliases", {}), name)
            if said.get("mappings", {}).get("_meta") != META:
                strange.append(name)
        return State(names.get(alias), names.get(_next(alias)), tuple(sorted(strange)))

    def send(self, actions: Sequence[Action]) -> None:
        """Write ``actions``, into the index that is being made too.

        Raises:
            SearchDown: the server cannot take them now; those it took do no harm when repeated.
            DocRefused: it will never take some of them; all others it took.
        """
        refused: dict[Ref, str] = {}
        ordered = sorted(_newest(actions), key=lambda one: one.ref.kind)
        for kind, group in groupby(ordered, key=lambda one: one.ref.kind):
            targets = [self.alias(kind)]
            state = self.look(kind)
            state.fit()
            if state.here is None:
                self._make_first(kind)
            if state.beside is not None:
                targets.append(_next(self.alias(kind)))
            for chunk in _chunks(group):
                refused |= self._bulk(chunk, targets)
        _raise_refused(refused)

    def refresh(self) -> None:
        """Let reads see what was written."""
        names = [self.alias(kind) for kind in KINDS]
        with self._line.within(WRITE_SECONDS) as client:
            client.indices.refresh(index=names, ignore_unavailable=True, allow_no_indices=True)

    def rebuild(self, docs: Iterable[Doc]) -> None:
        """Make all indexes anew, and swap them in one step when they are whole."""
        made = {kind: self._begin(kind) for kind in KINDS}
        refused: dict[Ref, str] = {}
        try:
            for chunk in _chunks(Action.put(doc) for doc in docs):
                for kind in dict.fromkeys(one.ref.kind for one in chunk):
                    of_kind = [one for one in chunk if one.ref.kind == kind]
                    refused |= self._bulk(_newest(of_kind), [_next(self.alias(kind))], strict=True)
            self._swap(made)
        except BaseException:
            with contextlib.suppress(SearchDown):
                self._forget(made.values())
            raise
        _raise_refused(refused)

    def _make_first(self, kind: str) -> None:
        """Make the index of a kind; another process that does so too makes the same one."""
        alias = self.alias(kind)
        with self._line.within(MAKE_SECONDS) as client:
            client.options(ignore_status=400).indices.create(
                index=f"{alias}-0", aliases={alias: {}}, **index_body()
            )
        if self.look(kind).here is None:
            raise SearchDown(f"{alias}-0 is there, but not in use; run `trove reindex`")

    def _begin(self, kind: str) -> str:
        alias = self.alias(kind)
        left = self.look(kind).beside
        if left is not None:
            self._forget([left])
        name = f"{alias}-{int(time.time())}-{secrets.token_hex(3)}"
        body = index_body()
        # Until it is whole nobody reads it: nothing needs to be refreshed.
        body["settings"] = {"index": {**body["settings"]["index"], "refresh_interval": "-1"}}
        with self._line.within(MAKE_SECONDS) as client:
            client.indices.create(index=name, aliases={_next(alias): {}}, **body)
        return name

    def _swap(self, made: dict[str, str]) -> None:
        interval = index_body()["settings"]["index"]["refresh_interval"]
        steps: list[dict[str, Any]] = []
        for kind, name in made.items():
            alias = self.alias(kind)
            here = self.look(kind).here
            steps += [
                {"add": {"index": name, "alias": alias}},
                {"remove": {"index": name, "alias": _next(alias), "must_exist": True}},
            ]
            if here is not None:
                steps.append({"remove_index": {"index": here}})
        try:
            with self._line.within(MAKE_SECONDS) as client:
                names = list(made.values())
                said = {"index": {"refresh_interval": interval}}
                client.indices.put_settings(index=names, settings=said)
                client.indices.refresh(index=names)
                client.indices.update_aliases(actions=steps)
        except Missing as error:
            raise SearchDown(f"another rebuild took the place of this one: {error}") from error

    def _forget(self, names: Iterable[str]) -> None:
        for name in names:
            with self._line.within(MAKE_SECONDS) as client:
                client.options(ignore_status=404).indices.delete(index=name)

    def _bulk(
        self, actions: Sequence[Action], targets: Sequence[str], *, strict: bool = False
    ) -> dict[Ref, str]:
        """Write ``actions`` to each target; return those that will never be taken, and why."""
        waiting = [(target, action) for action in actions for target in targets]
        refused: dict[Ref, str] = {}
        for pause in (*self._back_off, None):
            again, said = self._try(waiting, strict=strict)
            refused |= said
            if not again:
                return refused
            if pause is not None:
                time.sleep(pause)
            waiting = again
        raise SearchDown(f"Elasticsearch is too busy for {len(waiting)} documents")

    def _try(
        self, waiting: Sequence[tuple[str, Action]], *, strict: bool
    ) -> tuple[list[tuple[str, Action]], dict[Ref, str]]:
        lines: Any = [line for target, action in waiting for line in action.lines(target)]
        with self._line.within(WRITE_SECONDS) as client:
            answer = client.options(ignore_status=(400, 429, 503)).bulk(operations=lines)
        if answer.meta.status == 400:
            return self._halves(waiting, str(answer.body.get("error"))[:300], strict=strict)
        if "items" not in answer:
            return list(waiting), {}
        again: list[tuple[str, Action]] = []
        refused: dict[Ref, str] = {}
        for (target, action), item in zip(waiting, answer.body["items"], strict=True):
            (said,) = item.values()
            error = said.get("error") or {}
            if said["status"] < 300 or said["status"] == 409 or not error:
                continue
            gone = error.get("type") == NO_INDEX
            if gone and target.endswith(_next("")) and not strict:
                continue  # The rebuild is over: the alias itself leads to the new index now.
            if gone or said["status"] == 429 or said["status"] >= 500:
                again.append((target, action))
            elif len(refused) < REFUSED_MAX:
                refused[action.ref] = f"{error.get('type')}: {error.get('reason')}"[:300]
        return again, refused

    def _halves(
        self, waiting: Sequence[tuple[str, Action]], reason: str, *, strict: bool
    ) -> tuple[list[tuple[str, Action]], dict[Ref, str]]:
        """Find what the server refuses a whole bulk for."""
        if len(waiting) == 1:
            return [], {waiting[0][1].ref: reason}
        middle = len(waiting) // 2
        first, refused = self._try(waiting[:middle], strict=strict)
        then, more = self._try(waiting[middle:], strict=strict)
        return [*first, *then], refused | more


def _next(alias: str) -> str:
    return f"{alias}-next"


def _newest(actions: Iterable[Action]) -> list[Action]:
    """Return one action for each document: the newest, of equals the last."""
    newest: dict[tuple[str, str], Action] = {}
    for action in actions:
        place = (action.ref.kind, action.ref.id)
        if place not in newest or action.version >= newest[place].version:
            newest[place] = action
    return list(newest.values())


def _chunks(actions: Iterable[Action]) -> Iterator[list[Action]]:
    chunk: list[Action] = []
    size = 0
    for action in actions:
        own = len(action.source or b"") + 200
        if chunk and (size + own > CHUNK_BYTES or len(chunk) == CHUNK_ACTIONS):
            yield chunk
            chunk, size = [], 0
        chunk.append(action)
        size += own
    if chunk:
        yield chunk


def _raise_refused(refused: dict[Ref, str]) -> None:
    if refused:
        raise DocRefused(tuple(refused), next(iter(refused.values())))
