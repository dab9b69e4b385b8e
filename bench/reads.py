"""What reading costs: the chain beside a bare route, and what is read beside the chain."""

from collections.abc import Sequence
from statistics import median

from app.accounts import api as accounts
from app.catalogue import api as catalogue
from app.discovery import api as discovery
from app.kernel.ids import DeviceId, mint
from app.platform.uow import snapshot, unit_of_work
from app.web.caller import cookie_name
from bench.load import Answered, Target, get, once, press
from bench.place import Place, inside, server
from bench.report import Figure

READER = "reader_wen"
THREADS = 4
"""As `trove web` has by default."""

CONNECTIONS = 8


def figures(place: Place, *, rounds: int, seconds: float) -> list[Figure]:
    """Return requests a second of each target against its baseline, medians over ``rounds``."""
    cookie, note_id, product_id = reader(place)
    with server(place, "bench.chained:app", threads=THREADS) as port:
        ready = once(get("feed", port, "/api/v1/feed", cookie=cookie))
    (place.folder / "body").write_bytes(ready)
    with (
        server(place, "bench.bare:app", threads=THREADS) as bare_port,
        server(place, "bench.chained:app", threads=THREADS) as port,
    ):
        bare = get("bare", bare_port, "/bare", cookie=cookie)
        chain = get("chain", port, "/bench/chain", cookie=cookie)
        html = "text/html"
        targets = [
            get("feed JSON", port, "/api/v1/feed", cookie=cookie),
            get("feed JSON, a stranger's", port, "/api/v1/feed"),
            get("note JSON", port, f"/api/v1/notes/{note_id}", cookie=cookie),
            get("product JSON", port, f"/api/v1/products/{product_id}", cookie=cookie),
            get("front page", port, "/", cookie=cookie, accept=html),
            get("note page", port, f"/note/{note_id}", cookie=cookie, accept=html),
            get("product page", port, f"/p/{product_id}", cookie=cookie, accept=html),
        ]
        measured = _interleaved([bare, chain, *targets], rounds, seconds)
    about = f"{len(ready)} bytes, {THREADS} threads, {CONNECTIONS} connections"
    return [
        _figure("chain", measured["chain"], measured["bare"], "a bare route", about, least=0.5),
        *(
            _figure(
                one.name,
                measured[one.name],
                measured["chain"],
                "the chain",
                least=0.6 if one.name == "feed JSON" else None,
            )
            for one in targets
        ),
    ]


def _interleaved(
    targets: Sequence[Target], rounds: int, seconds: float
) -> dict[str, list[Answered]]:
    found: dict[str, list[Answered]] = {one.name: [] for one in targets}
    for one in targets:
        press(one, seconds=min(1.0, seconds), connections=CONNECTIONS)
    for _ in range(rounds):
        for one in targets:
            found[one.name].append(press(one, seconds=seconds, connections=CONNECTIONS))
    return found


def _figure(
    name: str,
    ours: list[Answered],
    theirs: list[Answered],
    baseline: str,
    about: str = "",
    least: float | None = None,
) -> Figure:
    ratio = median(a.rate / b.rate for a, b in zip(ours, theirs, strict=True))
    rate = f"{median(one.rate for one in ours):,.0f}/s"
    tail = f"p50 {median(one.p50_s for one in ours) * 1e3:.1f} ms"
    tail += f", p99 {median(one.p99_s for one in ours) * 1e3:.1f} ms"
    note = f"{about}; {tail}" if about else tail
    return Figure(name, rate, f"of {baseline}", ratio, at_least=least, note=note)


def reader(place: Place) -> tuple[str, str, str]:
    """Return the cookies of a reader who is signed in, a note and a product of it."""
    with inside(place) as app, app.test_request_context():
        name = cookie_name("session")
        with unit_of_work() as uow:
            person = accounts.find_by_handle(uow, handle=READER)
            assert person is not None
            session = accounts.start_session(
                uow, account_id=person.id, device_id=DeviceId(mint("device")), user_agent="bench"
            )
        with snapshot() as view:
            items = discovery.feed(view, viewer_id=None, cursor=None, size=1).items
            products = catalogue.all_product_ids(view)
    return f"{name}={session}", str(items[0].note_id), str(products[0])
