"""A light load: one reads, two write; each keeps a log of what it was told."""

import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field

import httpx

from tests.faults.site import Site
from tests.support.town import picture_bytes

PATIENCE_SECONDS = 15
READS_EVERY = 0.15
WRITES_EVERY = 1.2
PASSWORD = "correct horse battery"
API = "/api/v1"


@dataclass(frozen=True)
class Told:
    """One answer: when it was asked for, what, the status (0: none came), and how long it took."""

    at: float
    what: str
    status: int
    seconds: float
    retry_after: str
    text: str


@dataclass
class Log:
    """What a client was told, and what was acknowledged to it."""

    told: list[Told] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)
    """Id by title."""
    published: list[tuple[float, str]] = field(default_factory=list)
    """When each note was asked for, with its title."""
    pictures: set[str] = field(default_factory=set)
    """Addresses."""

    def since(self, begun: float) -> list[Told]:
        """Return what was asked for since ``begun``."""
        return [one for one in list(self.told) if one.at >= begun]


class Client:
    """Somebody with an account who goes on, whatever the answer."""

    def __init__(self, site: Site, handle: str) -> None:
        self.log = Log()
        self.handle = handle
        self._http = httpx.Client(base_url=site.url, timeout=PATIENCE_SECONDS)
        made = self._http.post(
            f"{API}/accounts",
            json={
                "handle": handle,
                "name": handle,
                "email": f"{handle}@example.org",
                "password": PASSWORD,
            },
        )
        assert made.status_code == 201, made.text
        self._http.headers["X-CSRFToken"] = made.json()["csrf_token"]

    def ask(self, method: str, path: str, **more: object) -> httpx.Response | None:
        """Send a request, note what was told; None where no answer came."""
        begun = time.monotonic()
        try:
            answer = self._http.request(method, path, **more)  # type: ignore[arg-type] # handed on
        except httpx.HTTPError as error:
            told = Told(begun, path, 0, time.monotonic() - begun, "", repr(error))
            self.log.told.append(told)
            return None
        took = time.monotonic() - begun
        kind = answer.headers.get("content-type", "")
        text = "" if "image" in kind else answer.text
        retry = answer.headers.get("retry-after", "")
        self.log.told.append(Told(begun, path, answer.status_code, took, retry, text))
        return answer

    def upload(self) -> str | None:
        """Send a picture of its own; return its id once it was acknowledged."""
        data = picture_bytes(f"#{secrets.token_hex(3)}")
        answer = self.ask("POST", f"{API}/pictures", files={"file": ("a.png", data, "image/png")})
        if answer is None or answer.status_code != 201:
            return None
        self.log.pictures.add(str(answer.json()["url_360"]))
        return str(answer.json()["id"])

    def publish(self, picture_id: str, title: str) -> bool:
        """Publish a note under a key of its title; tell whether it was acknowledged."""
        body = {"title": title, "body": "kettle", "pictures": [{"picture_id": picture_id}]}
        key = {"Idempotency-Key": f"publish-{self.handle}-{title}"}
        begun = time.monotonic()
        answer = self.ask("POST", f"{API}/notes", json=body, headers=key)
        if answer is None or answer.status_code != 201:
            return False
        self.log.notes[title] = str(answer.json()["id"])
        self.log.published.append((begun, title))
        return True

    def notes(self) -> list[str]:
        """Return the ids of all notes that the site has of this person."""
        found: list[str] = []
        cursor = ""
        while True:
            path = f"{API}/accounts/{self.handle}/notes?size=50{cursor}"
            page = self._http.get(path).raise_for_status().json()
            found += [one["id"] for one in page["items"]]
            if page["next"] is None:
                return found
            cursor = f"&cursor={page['next']}"

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()


class Load:
    """One who reads all the time, one who writes notes, one who uploads pictures."""

    def __init__(self, site: Site) -> None:
        self.reader, self.writer, self.painter = (
            Client(site, name) for name in ("reader", "writer", "painter")
        )
        picture_id = self.writer.upload()
        assert picture_id
        assert self.writer.publish(picture_id, "first")
        self.url = site.url
        self._picture_id = picture_id
        (picture,) = self.writer.log.pictures
        self.paths = ("/", f"{API}/feed", "/search?q=kettle", f"{API}/search?q=kettle", picture)
        self._stop = threading.Event()
        self._turns = [threading.Lock() for _client in range(3)]
        self._threads = [
            threading.Thread(target=self._go_on, args=(turn, work, every))
            for turn, work, every in (
                (self._turns[0], self._reads(), READS_EVERY),
                (self._turns[1], self._writes(), WRITES_EVERY),
                (self._turns[2], self.painter.upload, WRITES_EVERY),
            )
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End, after the last answer."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    @contextmanager
    def resting(self) -> Iterator[None]:
        """Let nobody ask for anything meanwhile."""
        with ExitStack() as held:
            for turn in self._turns:
                held.enter_context(turn)
            yield

    def close(self) -> None:
        """Give all connections back."""
        for one in (self.reader, self.writer, self.painter):
            one.close()

    def _go_on(
        self, turn: AbstractContextManager[object], work: Callable[[], object], every: float
    ) -> None:
        while not self._stop.wait(every):
            with turn:
                work()

    def _reads(self) -> Callable[[], object]:
        numbers = iter(range(1_000_000))
        return lambda: self.reader.ask("GET", self.paths[next(numbers) % len(self.paths)])

    def _writes(self) -> Callable[[], object]:
        waiting = [f"kettle {number}" for number in range(2_000, 0, -1)]

        def write() -> None:
            # What was refused is sent again under the same key, as Retry-After asks.
            if self.writer.publish(self._picture_id, waiting[-1]):
                waiting.pop()

        return write
