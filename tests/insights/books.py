"""The same figures by SQL over the ledger, the receipts and the touch log; no code of the room's."""

import sqlite3
from collections.abc import Mapping
from pathlib import Path

FACTS = """
CREATE TEMP TABLE fact AS
WITH winner AS (
    SELECT r.line_id, r.number, r.made_at AS since,
        json_extract(p.value, '$.creator') AS creator, json_extract(p.value, '$.post') AS note
    FROM attribution_receipt r
    LEFT JOIN json_each(r.record, '$.path') p ON json_extract(p.value, '$.weight') <> '0'
),
posted AS (
    SELECT m.line_id, n.at,
        CASE WHEN m.kind = 'sale' THEN l.quantity ELSE 0 END AS pieces,
        CASE WHEN m.kind = 'sale' THEN m.amount_fen ELSE 0 END AS net,
        CASE WHEN m.kind = 'refund' THEN m.amount_fen ELSE 0 END AS refunded,
        CASE WHEN m.kind = 'commission' THEN m.amount_fen ELSE 0 END
            * CASE WHEN m.target LIKE 'creator:%' THEN 1 ELSE -1 END AS commission
    FROM ledger_move m
    JOIN ledger_entry n ON n.seq = m.entry_seq
    JOIN orders_line l ON l.id = m.line_id
    WHERE m.kind IN ('sale', 'refund', 'commission')
),
credited AS (
    SELECT p.line_id, p.at, w.creator, w.note, p.pieces, p.net, p.refunded, p.commission
    FROM posted p
    JOIN winner w ON w.line_id = p.line_id AND w.number = (
        SELECT max(x.number) FROM winner x WHERE x.line_id = p.line_id AND x.since <= p.at
    )
),
turned AS (
    SELECT b.line_id, b.since AS at, a.creator AS old_creator, a.note AS old_note,
        b.creator AS new_creator, b.note AS new_note, sum(p.pieces) AS pieces,
        sum(p.net) AS net, sum(p.refunded) AS refunded, sum(p.commission) AS commission
    FROM winner a
    JOIN winner b ON b.line_id = a.line_id AND b.number = a.number + 1
        AND (a.creator IS NOT b.creator OR a.note IS NOT b.note)
    JOIN posted p ON p.line_id = a.line_id AND p.at < b.since
    GROUP BY b.line_id, b.number
),
every AS (
    SELECT * FROM credited
    UNION ALL
    SELECT line_id, at, old_creator, old_note, -pieces, -net, -refunded, -commission FROM turned
    UNION ALL
    SELECT line_id, at, new_creator, new_note, pieces, net, refunded, commission FROM turned
)
SELECT e.line_id, date(e.at / 1000000 + 8 * 3600, 'unixepoch') AS event_day,
    date(o.placed_at / 1000000 + 8 * 3600, 'unixepoch') AS order_day,
    l.order_id, l.brand_id, o.merchant_id, l.product_id, e.creator AS creator_id,
    e.note AS note_id, e.pieces, e.net, e.refunded, e.commission
FROM every e JOIN orders_line l ON l.id = e.line_id JOIN orders_order o ON o.id = l.order_id
"""

FIGURES = """
SELECT key, sum(pieces > 0), sum(pieces), sum(net), sum(refunded), sum(net - refunded),
    sum(commission)
FROM (
    SELECT {key} AS key, order_id, sum(pieces) AS pieces, sum(net) AS net,
        sum(refunded) AS refunded, sum(commission) AS commission
    FROM fact WHERE {where} GROUP BY 1, 2
)
GROUP BY 1
HAVING sum(pieces > 0) OR sum(pieces) OR sum(net) OR sum(refunded) OR sum(commission)
"""

TOUCHES = """
SELECT count(DISTINCT nonce) FROM touches_touch
WHERE token_ok AND kind = :kind AND {where}
"""

Asked = Mapping[str, str]
Sums = tuple[int, ...]
"""Orders, pieces, net, refunded, kept, commission."""

NOTHING: Sums = (0, 0, 0, 0, 0, 0)
COLUMNS = ("creator_id", "note_id", "product_id", "merchant_id")


class Books:
    """The database of an installation, read for itself."""

    def __init__(self, file: Path) -> None:
        self.connection = sqlite3.connect(file)
        self.connection.execute(FACTS)

    def close(self) -> None:
        self.connection.close()

    def rows(self, asked: Asked, by: str) -> dict[str | None, Sums]:
        """Return the sums of a filter by ``by``, by key."""
        day = f"{asked['dates']}_day"
        key = {"day": day, "all": "'all'"}.get(by, f"{by}_id")
        where = f"brand_id = :brand_id AND {day} BETWEEN :from_on AND :to_on"
        rows = self.connection.execute(
            FIGURES.format(key=key, where=where + self._chosen(asked)), dict(asked)
        )
        return {row[0]: tuple(row[1:]) for row in rows}

    def total(self, asked: Asked) -> Sums:
        return self.rows(asked, "all").get("all", NOTHING)

    def touched(self, asked: Asked, kind: str) -> int:
        where = (
            "brand_id = :brand_id AND date(ts_ms / 1000 + 8 * 3600, 'unixepoch')"
            " BETWEEN :from_on AND :to_on"
        )
        chosen = self._chosen(asked).replace("creator_id =", "author_id =")
        found = self.connection.execute(
            TOUCHES.format(where=where + chosen), {**asked, "kind": kind}
        )
        return int(found.fetchone()[0])

    def facts(self) -> list[dict[str, str]]:
        """Return what may be asked for: brand, shop, product, creator, note, days of each fact."""
        columns = ("brand_id", "event_day", "order_day", "refunded", *COLUMNS)
        rows = self.connection.execute(f"SELECT {', '.join(columns)} FROM fact ORDER BY 1, 2, 3")
        return [dict(zip(columns, row, strict=True)) for row in rows]

    @staticmethod
    def _chosen(asked: Asked) -> str:
        return "".join(f" AND {name} = :{name}" for name in COLUMNS if name in asked)
