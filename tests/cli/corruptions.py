"""A fault for each rule, in the real tables; each must be found by the rule of its number.

Where a rule has several parts there is a fault for each of them.
"""

_FIRST_MOVED = "(SELECT min(entry_seq) FROM ledger_move)"
_PAID = "(SELECT min(id) FROM orders_order WHERE state = 'paid')"
_NEWEST = "(SELECT max(id) FROM orders_order WHERE state = 'paid')"
_PAYMENT = "(SELECT min(id) FROM orders_payment WHERE state = 'paid')"
_SHARE = "(SELECT min(line_id) FROM attribution_share WHERE credited_fen > 0)"
_SOLD = "(SELECT min(id) FROM catalogue_stock_move WHERE reason = 'sell')"
_ENTRY = "INSERT INTO ledger_entry (fact, step, at) VALUES ('adjusted:1', 'once', 0)"
_MOVE = (
    "INSERT INTO ledger_move (entry_seq, position, source, target, amount_fen, kind)"
    " SELECT max(seq), 0, {}, {}, 100, 'adjust' FROM ledger_entry"
)
_REFUND = (
    "INSERT INTO orders_refund (id, order_id, provider, txn_id, state, amount_fen, reason, answer,"
    " asked_at) SELECT 'ref_new', order_id, provider, txn_id, {}, {}, '', '', asked_at"
    " FROM orders_refund WHERE id = (SELECT min(id) FROM orders_refund WHERE order_id IS NOT NULL)"
)
_MIDDLE = (
    "(SELECT max(id) FROM platform_delivery WHERE subscriber = 'discovery.notes' AND position <"
    " (SELECT max(position) FROM platform_delivery WHERE subscriber = 'discovery.notes'))"
)
_TOUCHED = (
    f"(SELECT CAST(substr(touch_id, 2) AS BIGINT) FROM attribution_share WHERE line_id = {_SHARE})"
)
_SEALED_ENTRY = "(SELECT min(seq) FROM ledger_entry)"
_SEALED_RECEIPT = "made_at = (SELECT min(made_at) FROM attribution_receipt)"

CORRUPTIONS: dict[str, tuple[tuple[str, ...], ...]] = {
    "I01": (
        (f"UPDATE ledger_move SET amount_fen = -amount_fen WHERE entry_seq = {_FIRST_MOVED}",),
        (
            f"UPDATE ledger_move SET target = source WHERE entry_seq = {_FIRST_MOVED} AND position = 0",
        ),
        (f"DELETE FROM ledger_move WHERE entry_seq = {_FIRST_MOVED} AND position = 0",),
    ),
    "I02": (
        (_ENTRY,),
        (f"DELETE FROM ledger_entry WHERE seq = {_FIRST_MOVED}",),
        (f"DELETE FROM ledger_move WHERE entry_seq = {_FIRST_MOVED}",),
    ),
    "I03": (
        (
            (
                "INSERT INTO ledger_entry (fact, step, at) SELECT min(fact), 'again', 0"
                " FROM ledger_entry WHERE fact LIKE 'order-paid\\:%'"
            ),
        ),
        (
            (
                "INSERT INTO ledger_entry (fact, step, at) SELECT min(fact), 'again', 0"
                " FROM ledger_entry WHERE fact LIKE 'order-released\\:%'"
            ),
            (
                "INSERT INTO ledger_move (entry_seq, position, source, target, amount_fen, kind, line_id)"
                " SELECT (SELECT max(seq) FROM ledger_entry), position, source, target, amount_fen, kind,"
                " line_id FROM ledger_move WHERE entry_seq = (SELECT min(seq) FROM ledger_entry"
                " WHERE fact LIKE 'order-released\\:%')"
            ),
        ),
    ),
    "I04": (
        (
            (
                "UPDATE ledger_balance SET amount_fen = amount_fen + 1"
                " WHERE account = (SELECT min(account) FROM ledger_balance)"
            ),
        ),
        (
            (
                "DELETE FROM ledger_balance WHERE account ="
                " (SELECT min(account) FROM ledger_balance WHERE amount_fen > 0)"
            ),
        ),
    ),
    "I05": (
        (
            _ENTRY,
            _MOVE.format("'merchant:mer_x:payable'", "'platform:fees'"),
            "INSERT INTO ledger_balance VALUES ('merchant:mer_x:payable', -100)",
        ),
        (
            _ENTRY,
            _MOVE.format("'platform:adjustments'", "'creator:acc_x:receivable'"),
            "INSERT INTO ledger_balance VALUES ('creator:acc_x:receivable', 100)",
        ),
    ),
    "I06": (
        (
            (
                "UPDATE orders_txn SET amount_fen = amount_fen + 1"
                " WHERE txn_id = (SELECT min(txn_id) FROM orders_txn)"
            ),
        ),
    ),
    "I07": (
        (_REFUND.format("'confirmed'", 10),),
        ("DELETE FROM ledger_entry WHERE fact LIKE 'unmatched\\:%' AND step = 'in'",),
        (f"UPDATE orders_order SET paid_at = NULL WHERE id = {_PAID}",),
        (_ENTRY, _MOVE.format("'world:none'", "'merchant:mer_x:pending'")),
    ),
    "I08": (
        (
            (
                "UPDATE catalogue_sku SET on_hand = on_hand + 1"
                " WHERE id = (SELECT min(id) FROM catalogue_sku)"
            ),
        ),
        (
            (
                "UPDATE catalogue_stock_move SET reserved_change = reserved_change + 1"
                f" WHERE id = {_SOLD}"
            ),
        ),
    ),
    "I09": ((f"UPDATE orders_line SET quantity = 100000 WHERE order_id = {_PAID}",),),
    "I10": (
        (f"UPDATE catalogue_stock_move SET ref = 'order_none' WHERE id = {_SOLD}",),
        (
            (
                "DELETE FROM catalogue_stock_move WHERE id ="
                " (SELECT min(id) FROM catalogue_stock_move WHERE reason = 'unreserve')"
            ),
        ),
        (
            (
                "INSERT INTO catalogue_stock_move (sku_id, ref, reason, on_hand_change, reserved_change, at)"
                " SELECT sku_id, ref, 'unreserve', 0, -1, at FROM catalogue_stock_move"
                f" WHERE id = {_SOLD}"
            ),
        ),
    ),
    "I11": (
        (
            (
                "UPDATE platform_idempotency SET actor = 'acc_none'"
                " WHERE key = (SELECT min(key) FROM platform_idempotency WHERE scope = 'POST /checkouts')"
            ),
        ),
        (
            (
                "UPDATE platform_idempotency SET body = (SELECT body FROM platform_idempotency"
                " WHERE scope = 'POST /checkouts' AND key = (SELECT min(key) FROM platform_idempotency"
                " WHERE scope = 'POST /checkouts')) WHERE scope = 'POST /checkouts'"
            ),
        ),
    ),
    "I13": (
        (f"UPDATE orders_order SET goods_fen = goods_fen + 1 WHERE id = {_PAID}",),
        (f"UPDATE orders_line SET price_fen = price_fen + 1 WHERE order_id = {_PAID}",),
        ("UPDATE orders_payment SET amount_fen = amount_fen + 1 WHERE state = 'waiting'",),
        (f"UPDATE orders_allocation SET amount_fen = amount_fen - 1 WHERE order_id = {_PAID}",),
        ("UPDATE orders_checkout SET total_fen = total_fen + 1 WHERE state = 'placed'",),
    ),
    "I14": (
        ("UPDATE orders_txn SET outcome = 'fits' WHERE outcome = 'twice'",),
        (f"UPDATE orders_order SET paid_at = NULL WHERE id = {_PAID}",),
        (
            (
                "UPDATE orders_payment SET state = 'waiting', txn_id = NULL, paid_at = NULL"
                f" WHERE id = {_PAYMENT}"
            ),
        ),
        (f"UPDATE orders_payment SET txn_id = 'txn_other' WHERE id = {_PAYMENT}",),
        ("UPDATE orders_checkout SET state = 'lapsed' WHERE state = 'placed'",),
    ),
    "I15": (
        (
            (
                f"UPDATE orders_payment SET txn_id = (SELECT txn_id FROM orders_payment WHERE id = {_PAYMENT})"
                " WHERE state = 'paid'"
            ),
        ),
    ),
    "I16": (
        ("DELETE FROM orders_refund WHERE order_id IS NULL",),
        ("UPDATE orders_refund SET amount_fen = amount_fen - 1 WHERE order_id IS NULL",),
        (f"UPDATE orders_order SET state = 'cancelled' WHERE id = {_PAID}",),
    ),
    "I17": (
        (_REFUND.format("'granted'", 10**9),),
        (f"UPDATE orders_line SET refunded_fen = refunded_fen + 1 WHERE order_id = {_PAID}",),
        (f"UPDATE orders_line SET refunding_fen = refunding_fen + 1 WHERE order_id = {_PAID}",),
        ("UPDATE orders_refund_part SET amount_fen = amount_fen - 1",),
        ("UPDATE orders_refund_part SET quantity = quantity + 1",),
    ),
    "I23": (
        (
            (
                "DELETE FROM attribution_receipt WHERE line_id ="
                " (SELECT min(line_id) FROM attribution_receipt)"
            ),
        ),
        (
            "DELETE FROM attribution_line WHERE line_id = (SELECT min(line_id) FROM attribution_line)",
        ),
        ("UPDATE attribution_receipt SET number = number + 10",),
        (f"UPDATE attribution_line SET buyer_id = 'acc_x' WHERE line_id = {_SHARE}",),
    ),
    "I24": (
        (f"UPDATE attribution_share SET credited_fen = credited_fen - 1 WHERE line_id = {_SHARE}",),
        (f"UPDATE attribution_line SET left_fen = left_fen - 1 WHERE line_id = {_SHARE}",),
        (f"UPDATE attribution_share SET position = 1 WHERE line_id = {_SHARE}",),
    ),
    "I25": (
        (f"UPDATE touches_touch SET token_ok = (1 = 0) WHERE seq IN {_TOUCHED}",),
        (f"DELETE FROM touches_touch WHERE seq IN {_TOUCHED}",),
        (f"UPDATE touches_touch SET author_id = 'acc_x' WHERE seq IN {_TOUCHED}",),
        (f"UPDATE touches_touch SET account_id = 'acc_x' WHERE seq IN {_TOUCHED}",),
        (f"UPDATE touches_touch SET ts_ms = ts_ms + 10000000000 WHERE seq IN {_TOUCHED}",),
        (f"UPDATE touches_touch SET ts_ms = ts_ms - 2600000000 WHERE seq IN {_TOUCHED}",),
        (
            (
                "UPDATE attribution_share SET creator_id = (SELECT buyer_id FROM attribution_line"
                f" WHERE line_id = attribution_share.line_id) WHERE line_id = {_SHARE}"
            ),
        ),
    ),
    "I26": (
        (
            f"UPDATE attribution_share SET commission_bp = commission_bp + 100 WHERE line_id = {_SHARE}",
        ),
        (
            f"UPDATE ledger_move SET amount_fen = amount_fen + 1 WHERE line_id = {_SHARE} AND kind = 'fee'",
        ),
    ),
    "I27": (
        (
            (
                "INSERT INTO attribution_share SELECT line_id, 't0', position + 1, creator_id, note_id, kind,"
                " age_ms, commission_bp, rate_at_touch_bp, rate_at_order_bp, 0 FROM attribution_share"
                f" WHERE line_id = {_SHARE}"
            ),
        ),
        (f"UPDATE attribution_share SET commission_bp = 9900 WHERE line_id = {_SHARE}",),
    ),
    "I28": (
        (
            (
                "UPDATE ledger_move SET target = 'creator:acc_x:pending'"
                f" WHERE kind = 'commission' AND line_id = {_SHARE}"
            ),
        ),
    ),
    "I30": (
        (f"UPDATE platform_delivery SET state = 'parked' WHERE id = {_MIDDLE}",),
        ("UPDATE platform_outbox SET fanned_at = NULL, at = 0 WHERE position = 1",),
        (f"DELETE FROM platform_outbox WHERE topic = 'orders.order-paid.v1' AND key = {_NEWEST}",),
        (
            (
                "UPDATE platform_outbox SET key = (SELECT min(key) FROM platform_outbox"
                " WHERE topic = 'orders.order-paid.v1') WHERE topic = 'orders.order-paid.v1'"
            ),
        ),
    ),
    "I31": ((f"DELETE FROM platform_delivery WHERE id = {_MIDDLE}",),),
    "I32": (
        (
            (
                "UPDATE platform_idempotency SET status = 500"
                " WHERE key = (SELECT min(key) FROM platform_idempotency)"
            ),
        ),
    ),
    "I33": (
        (
            (
                "UPDATE pictures_picture SET digest = substr(digest, 3) || 'ff'"
                " WHERE id = (SELECT min(id) FROM pictures_picture)"
            ),
        ),
    ),
    "I34": (
        ("UPDATE content_note SET likes = likes + 1",),
        ("DELETE FROM discovery_card WHERE note_id = (SELECT min(note_id) FROM discovery_card)",),
        (
            "UPDATE content_note SET state = 'deleted' WHERE id = (SELECT min(id) FROM content_note)",
        ),
        (
            "UPDATE catalogue_product SET listed = (1 = 0) WHERE id = (SELECT min(id) FROM catalogue_product)",
        ),
        ("DELETE FROM discovery_doc WHERE kind = 'note'",),
    ),
    "I35": (("UPDATE accounts_account SET is_creator = (1 = 0) WHERE handle = 'ann'",),),
    "I36": (
        (f"UPDATE ledger_entry SET step = step || 'x' WHERE seq = {_SEALED_ENTRY}",),
        (f"UPDATE ledger_move SET kind = kind || 'x' WHERE entry_seq = {_SEALED_ENTRY}",),
        (f"DELETE FROM ledger_entry WHERE seq = {_SEALED_ENTRY}",),
        (f"UPDATE ledger_entry SET at = at + 1 WHERE seq = {_SEALED_ENTRY}",),
        (
            (
                "INSERT INTO ledger_entry (fact, step, at)"
                f" SELECT 'adjusted:1', 'once', at FROM ledger_entry WHERE seq = {_SEALED_ENTRY}"
            ),
        ),
        (f"UPDATE attribution_receipt SET record = record || ' ' WHERE {_SEALED_RECEIPT}",),
        (f"DELETE FROM attribution_receipt WHERE {_SEALED_RECEIPT}",),
        ("DELETE FROM platform_seal WHERE sequence = 1",),
        (
            (
                "DELETE FROM platform_seal WHERE stream = 'receipts' AND sequence ="
                " (SELECT max(sequence) FROM platform_seal WHERE stream = 'receipts')"
            ),
        ),
        ("UPDATE platform_seal SET sealed_at = sealed_at + 1 WHERE sequence = 1",),
        ("DELETE FROM platform_seal_head",),
    ),
}
