-- What must hold of the rows as they are, whoever wrote them. Each query returns what breaks its
-- rule, one text a row; none is well. They run alike on SQLite and PostgreSQL and share no code with
-- the application. The numbers are those of tests/checks/inv.sql, the rules for a shop of any kind;
-- where ours says a thing otherwise, the line "otherwise" says so and why. I18 to I22 and I29 belong
-- to promotions and payouts, which are not here yet. Parameters: settled_us, since when what waits
-- should be done; recent_us, since when events are kept for certain.

-- I01 every entry balances
-- otherwise: a move names source and target, so that an unbalanced entry cannot be written down; what
-- is left to break is a move of nothing, one that leads nowhere, or one that is missing between others
SELECT 'entry ' || CAST(entry_seq AS TEXT) FROM ledger_move GROUP BY entry_seq
HAVING min(amount_fen) <= 0 OR min(position) <> 0 OR max(position) <> count(*) - 1
    OR sum(CASE WHEN source = target THEN 1 ELSE 0 END) > 0;

-- I02 no entry without moves, no move without an entry
-- otherwise: a release after a whole refund has nothing to move, and is written all the same
SELECT 'entry ' || fact FROM ledger_entry AS entry
WHERE fact NOT LIKE 'order-released:%'
    AND NOT EXISTS (SELECT 1 FROM ledger_move WHERE entry_seq = entry.seq)
UNION ALL
SELECT 'move of ' || CAST(entry_seq AS TEXT) FROM ledger_move AS move
WHERE NOT EXISTS (SELECT 1 FROM ledger_entry WHERE seq = move.entry_seq);

-- I03 one entry for each fact
-- otherwise: facts of several steps (released, regraded, unmatched) have one entry for each step
SELECT fact || '/' || step FROM ledger_entry GROUP BY fact, step HAVING count(*) > 1
UNION ALL
SELECT fact FROM ledger_entry WHERE fact LIKE 'order-paid:%' OR fact LIKE 'refund:%'
GROUP BY fact HAVING count(*) > 1
UNION ALL
SELECT move.line_id FROM ledger_move AS move JOIN ledger_entry AS entry ON entry.seq = move.entry_seq
WHERE entry.fact LIKE 'order-released:%' GROUP BY move.line_id HAVING count(DISTINCT entry.seq) > 1;

-- I04 a balance is the sum of its moves
WITH leg AS (
    SELECT target AS account, amount_fen AS fen FROM ledger_move
    UNION ALL SELECT source, -amount_fen FROM ledger_move
), stand AS (SELECT account, sum(fen) AS fen FROM leg GROUP BY account)
SELECT balance.account FROM ledger_balance AS balance
LEFT JOIN stand ON stand.account = balance.account
WHERE balance.amount_fen <> coalesce(stand.fen, 0)
UNION ALL
SELECT account FROM stand
WHERE fen <> 0 AND account NOT LIKE 'world:%' AND account NOT LIKE 'platform:%'
    AND NOT EXISTS (SELECT 1 FROM ledger_balance WHERE account = stand.account);

-- I05 no account is on the wrong side of zero
WITH leg AS (
    SELECT target AS account, amount_fen AS fen FROM ledger_move
    UNION ALL SELECT source, -amount_fen FROM ledger_move
), stand AS (SELECT account, sum(fen) AS fen FROM leg GROUP BY account)
SELECT account FROM stand
WHERE (fen > 0 AND account LIKE '%\:receivable')
    OR (fen < 0 AND account NOT LIKE '%\:receivable' AND account NOT LIKE 'world:%'
        AND account NOT IN ('platform:adjustments', 'platform:write-offs', 'platform:provider-costs'));

-- I06 what the ledger says came from a provider is what came, less what was confirmed to go back
SELECT provider FROM (
    SELECT provider, amount_fen AS fen FROM orders_txn
    UNION ALL SELECT provider, -amount_fen FROM orders_refund WHERE state = 'confirmed'
    UNION ALL SELECT substr(target, 7), amount_fen FROM ledger_move WHERE target LIKE 'world:%'
    UNION ALL SELECT substr(source, 7), -amount_fen FROM ledger_move WHERE source LIKE 'world:%'
) AS flow GROUP BY provider HAVING sum(fen) <> 0;

-- I07 every payment, refund and return is posted with its amount, and only those are
WITH outside AS (
    SELECT entry.fact, entry.step,
        sum(CASE WHEN move.source LIKE 'world:%' THEN move.amount_fen ELSE 0 END) AS came,
        sum(CASE WHEN move.target LIKE 'world:%' THEN move.amount_fen ELSE 0 END) AS went
    FROM ledger_entry AS entry JOIN ledger_move AS move ON move.entry_seq = entry.seq
    GROUP BY entry.fact, entry.step
), told AS (
    SELECT 'order-paid:' || id AS fact, 'paid' AS step, goods_fen + freight_fen AS came, 0 AS went
    FROM orders_order WHERE paid_at IS NOT NULL
    UNION ALL
    SELECT 'unmatched:' || provider || ':' || txn_id, 'in', amount_fen, 0
    FROM orders_txn WHERE outcome <> 'fits'
    UNION ALL
    SELECT 'unmatched:' || provider || ':' || txn_id, 'out', 0, amount_fen
    FROM orders_refund WHERE order_id IS NULL AND state = 'confirmed'
    UNION ALL
    SELECT 'refund:' || id, 'refunded', 0, amount_fen
    FROM orders_refund WHERE order_id IS NOT NULL AND state = 'confirmed'
)
SELECT told.fact || '/' || told.step FROM told
LEFT JOIN outside ON outside.fact = told.fact AND outside.step = told.step
WHERE outside.fact IS NULL OR outside.came <> told.came OR outside.went <> told.went
UNION ALL
SELECT outside.fact || '/' || outside.step FROM outside
LEFT JOIN told ON told.fact = outside.fact AND told.step = outside.step
WHERE told.fact IS NULL AND (outside.came <> 0 OR outside.went <> 0);

-- I08 a stock is the sum of its moves, never below zero, and no more is promised than there is
SELECT sku.id FROM catalogue_sku AS sku
LEFT JOIN (
    SELECT sku_id, sum(on_hand_change) AS on_hand, sum(reserved_change) AS reserved
    FROM catalogue_stock_move GROUP BY sku_id
) AS moved ON moved.sku_id = sku.id
WHERE sku.on_hand <> coalesce(moved.on_hand, 0) OR sku.reserved <> coalesce(moved.reserved, 0)
    OR sku.on_hand < 0 OR sku.reserved < 0 OR sku.reserved > sku.on_hand;

-- I09 no more is sold than was ever there
SELECT line.sku_id FROM orders_line AS line JOIN orders_order AS "order" ON "order".id = line.order_id
WHERE "order".state NOT IN ('cancelled', 'lapsed') GROUP BY line.sku_id
HAVING sum(line.quantity) > (
    SELECT coalesce(sum(on_hand_change), 0) FROM catalogue_stock_move AS move
    WHERE move.sku_id = line.sku_id AND move.reason IN ('opening', 'adjust', 'import', 'restock'));

-- I10 each order reserves its lines once; it sells them when paid, and gives them back when it ends
WITH wanted AS (
    SELECT line.order_id, line.sku_id, sum(line.quantity) AS quantity
    FROM orders_line AS line GROUP BY line.order_id, line.sku_id
), owed AS (
    SELECT order_id, sku_id, 'reserve' AS reason, 0 AS on_hand, quantity AS reserved FROM wanted
    UNION ALL
    SELECT wanted.order_id, wanted.sku_id, 'sell', -wanted.quantity, -wanted.quantity
    FROM wanted JOIN orders_order AS "order" ON "order".id = wanted.order_id
    WHERE "order".paid_at IS NOT NULL
    UNION ALL
    SELECT wanted.order_id, wanted.sku_id, 'unreserve', 0, -wanted.quantity
    FROM wanted JOIN orders_order AS "order" ON "order".id = wanted.order_id
    WHERE "order".paid_at IS NULL AND "order".state IN ('cancelled', 'lapsed')
)
SELECT reason || ' of ' || ref || ' for ' || sku_id FROM catalogue_stock_move
GROUP BY ref, sku_id, reason HAVING count(*) > 1
UNION ALL
SELECT owed.reason || ' of ' || owed.order_id || ' for ' || owed.sku_id FROM owed
WHERE NOT EXISTS (
    SELECT 1 FROM catalogue_stock_move AS move
    WHERE move.ref = owed.order_id AND move.sku_id = owed.sku_id AND move.reason = owed.reason
        AND move.on_hand_change = owed.on_hand AND move.reserved_change = owed.reserved)
UNION ALL
SELECT move.reason || ' of ' || move.ref || ' for ' || move.sku_id FROM catalogue_stock_move AS move
JOIN orders_order AS "order" ON "order".id = move.ref
WHERE move.reason IN ('reserve', 'sell', 'unreserve') AND NOT EXISTS (
    SELECT 1 FROM owed
    WHERE owed.order_id = move.ref AND owed.sku_id = move.sku_id AND owed.reason = move.reason);

-- I13 sums add up from the line to the payment
-- otherwise: there are no discounts and no points yet
SELECT id FROM orders_line WHERE net_fen <> price_fen * quantity
UNION ALL
SELECT "order".id FROM orders_order AS "order"
WHERE goods_fen <> (SELECT coalesce(sum(net_fen), 0) FROM orders_line WHERE order_id = "order".id)
    OR goods_fen + freight_fen <> (
        SELECT coalesce(sum(amount_fen), 0) FROM orders_allocation WHERE order_id = "order".id)
UNION ALL
SELECT checkout.id FROM orders_checkout AS checkout
WHERE total_fen <> (
        SELECT coalesce(sum(goods_fen + freight_fen), 0) FROM orders_order
        WHERE checkout_id = checkout.id)
    OR total_fen <> (
        SELECT coalesce(sum(amount_fen), 0) FROM orders_payment WHERE checkout_id = checkout.id);

-- I14 what is paid is paid by exactly one transaction of exactly the amount, and nothing else is
SELECT payment.id FROM orders_payment AS payment
WHERE (SELECT count(*) FROM orders_txn WHERE charge_no = payment.id AND outcome = 'fits')
        <> CASE WHEN payment.state = 'paid' THEN 1 ELSE 0 END
    OR (payment.state = 'paid' AND NOT EXISTS (
        SELECT 1 FROM orders_txn AS txn
        WHERE txn.charge_no = payment.id AND txn.outcome = 'fits' AND txn.provider = payment.provider
            AND txn.txn_id = payment.txn_id AND txn.amount_fen = payment.amount_fen))
UNION ALL
SELECT checkout.id FROM orders_checkout AS checkout
JOIN orders_payment AS payment ON payment.checkout_id = checkout.id
WHERE (checkout.state = 'paid') <> (payment.state = 'paid')
    OR (checkout.state = 'placed') <> (payment.state = 'waiting')
UNION ALL
SELECT "order".id FROM orders_order AS "order"
JOIN orders_checkout AS checkout ON checkout.id = "order".checkout_id
WHERE (checkout.state = 'paid') <> ("order".paid_at IS NOT NULL)
    OR ("order".state IN ('paid', 'shipped', 'received', 'completed') AND "order".paid_at IS NULL)
    OR ("order".state IN ('placed', 'lapsed') AND "order".paid_at IS NOT NULL)
    OR (checkout.state IN ('placed', 'lapsed', 'cancelled') AND "order".state <> checkout.state);

-- I15 a provider's transaction is used once
SELECT provider || ' ' || txn_id FROM orders_payment WHERE txn_id IS NOT NULL
GROUP BY provider, txn_id HAVING count(*) > 1
UNION ALL
SELECT provider || ' ' || txn_id FROM orders_txn GROUP BY provider, txn_id HAVING count(*) > 1;

-- I16 money for what has ended, and money that fits nothing, goes back whole
SELECT txn.provider || ' ' || txn.txn_id FROM orders_txn AS txn
WHERE txn.outcome <> 'fits' AND txn.amount_fen <> (
    SELECT coalesce(sum(amount_fen), 0) FROM orders_refund AS refund
    WHERE refund.order_id IS NULL AND refund.provider = txn.provider AND refund.txn_id = txn.txn_id)
UNION ALL
SELECT line.order_id FROM orders_line AS line JOIN orders_order AS "order" ON "order".id = line.order_id
WHERE "order".state = 'cancelled' AND "order".paid_at IS NOT NULL AND line.refunded_fen <> line.net_fen;

-- I17 no more goes back than came, and lines agree with their refunds
WITH part AS (
    SELECT part.line_id, refund.state, part.amount_fen, part.quantity
    FROM orders_refund_part AS part JOIN orders_refund AS refund ON refund.id = part.refund_id
)
SELECT refund.provider || ' ' || refund.txn_id FROM orders_refund AS refund
WHERE refund.state IN ('asked', 'granted', 'confirmed') GROUP BY refund.provider, refund.txn_id
HAVING sum(refund.amount_fen) > (
    SELECT coalesce(sum(txn.amount_fen), 0) FROM orders_txn AS txn
    WHERE txn.provider = refund.provider AND txn.txn_id = refund.txn_id)
UNION ALL
SELECT refund.id FROM orders_refund AS refund
WHERE refund.order_id IS NOT NULL AND refund.amount_fen <> (
    SELECT coalesce(sum(amount_fen), 0) FROM orders_refund_part WHERE refund_id = refund.id)
UNION ALL
SELECT line.id FROM orders_line AS line
WHERE line.refunded_fen + line.refunding_fen > line.net_fen
    OR line.refunded_fen <> (SELECT coalesce(sum(amount_fen), 0) FROM part
        WHERE line_id = line.id AND state = 'confirmed')
    OR line.refunded_quantity <> (SELECT coalesce(sum(quantity), 0) FROM part
        WHERE line_id = line.id AND state = 'confirmed')
    OR line.refunding_fen <> (SELECT coalesce(sum(amount_fen), 0) FROM part
        WHERE line_id = line.id AND state IN ('asked', 'granted'))
    OR line.refunding_quantity <> (SELECT coalesce(sum(quantity), 0) FROM part
        WHERE line_id = line.id AND state IN ('asked', 'granted'));

-- I23 each paid line is credited once, by receipts without a gap; no other line is
SELECT line.id FROM orders_line AS line JOIN orders_order AS "order" ON "order".id = line.order_id
LEFT JOIN attribution_line AS credited ON credited.line_id = line.id
WHERE ("order".paid_at IS NOT NULL) <> (credited.line_id IS NOT NULL)
    OR credited.net_fen <> line.net_fen OR credited.order_id <> line.order_id
    OR credited.buyer_id <> "order".buyer_id OR credited.fee_bp <> line.fee_bp
    OR credited.product_id <> line.product_id OR credited.merchant_id <> "order".merchant_id
    OR (credited.released_at IS NULL) <> (line.released_at IS NULL)
UNION ALL
SELECT line_id FROM attribution_line AS line
WHERE NOT EXISTS (SELECT 1 FROM attribution_receipt WHERE line_id = line.line_id)
UNION ALL
SELECT line_id FROM attribution_receipt GROUP BY line_id
HAVING min(number) <> 1 OR max(number) <> count(*)
    OR sum(CASE WHEN stage = 'paid' THEN 1 ELSE 0 END) <> 1
    OR sum(CASE WHEN stage = 'release' THEN 1 ELSE 0 END) > 1;

-- I24 the credits of a line are what is left of it, or there are none
-- otherwise: credits are fen, not parts of a million: what nobody is credited with is unattributed
SELECT line.line_id FROM attribution_line AS line
WHERE line.left_fen <> line.net_fen - (
        SELECT refunded_fen FROM orders_line WHERE id = line.line_id)
    OR EXISTS (SELECT 1 FROM attribution_share WHERE line_id = line.line_id) AND line.left_fen <> (
        SELECT sum(credited_fen) FROM attribution_share WHERE line_id = line.line_id)
UNION ALL
SELECT line_id FROM attribution_share GROUP BY line_id
HAVING min(credited_fen) < 0 OR min(position) <> 0 OR max(position) <> count(*) - 1
    OR count(DISTINCT touch_id) <> count(*);

-- I25 credit goes to the author of a touch that held, of the same buyer, before the order; never to the buyer
SELECT share.line_id FROM attribution_share AS share
JOIN attribution_line AS line ON line.line_id = share.line_id
LEFT JOIN touches_touch AS touch ON touch.seq = CAST(substr(share.touch_id, 2) AS BIGINT)
WHERE touch.seq IS NULL OR NOT touch.token_ok OR touch.author_id <> share.creator_id
    OR touch.note_id <> share.note_id OR touch.product_id <> line.product_id
    OR share.creator_id = line.buyer_id OR touch.ts_ms > line.instant_ms
    OR touch.ts_ms <= line.instant_ms - 30 * CAST(86400000 AS BIGINT)
    OR (coalesce(touch.account_id, line.buyer_id) <> line.buyer_id)
    OR (touch.account_id IS NULL AND NOT EXISTS (
        SELECT 1 FROM touches_link AS link
        WHERE link.device_id = touch.device_id AND link.account_id = line.buyer_id));

-- I26 commission and fee of a line, as posted, are portions of what is left of it
WITH posted AS (
    SELECT line_id, amount_fen * CASE WHEN target LIKE 'creator:%' THEN 1 ELSE -1 END AS fen
    FROM ledger_move WHERE kind = 'commission'
), fees AS (
    SELECT line_id, amount_fen * CASE WHEN target = 'platform:fees' THEN 1 ELSE -1 END AS fen
    FROM ledger_move WHERE kind = 'fee'
)
SELECT line.line_id FROM attribution_line AS line
WHERE (SELECT coalesce(sum(fen), 0) FROM posted WHERE line_id = line.line_id) <> (
        SELECT coalesce(sum(credited_fen * commission_bp / 10000), 0) FROM attribution_share
        WHERE line_id = line.line_id)
    OR (SELECT coalesce(sum(fen), 0) FROM fees WHERE line_id = line.line_id)
        <> line.left_fen * line.fee_bp / 10000;

-- I27 one credit for each creator of a line; commission and fee together are no more than the whole
SELECT line_id FROM attribution_share GROUP BY line_id, creator_id HAVING count(*) > 1
UNION ALL
SELECT share.line_id FROM attribution_share AS share
JOIN attribution_line AS line ON line.line_id = share.line_id
GROUP BY share.line_id, line.fee_bp, line.net_fen
HAVING sum(share.credited_fen) > line.net_fen OR max(share.commission_bp) + line.fee_bp > 10000;

-- I28 what a creator has and owes is the sum of their commissions
WITH leg AS (
    SELECT target AS account, amount_fen AS fen FROM ledger_move WHERE target LIKE 'creator:%'
    UNION ALL SELECT source, -amount_fen FROM ledger_move WHERE source LIKE 'creator:%'
), stand AS (
    SELECT replace(replace(replace(replace(substr(account, 9), '\:pending', ''), '\:payable', ''),
        '\:frozen', ''), '\:receivable', '') AS creator_id, fen FROM leg
    UNION ALL
    SELECT creator_id, -(credited_fen * commission_bp / 10000) FROM attribution_share
)
SELECT creator_id FROM stand GROUP BY creator_id HAVING sum(fen) <> 0;

-- I30 a paid order is told once; nothing is stuck
SELECT key FROM platform_outbox WHERE topic = 'orders.order-paid.v1' GROUP BY key HAVING count(*) > 1
UNION ALL
SELECT "order".id FROM orders_order AS "order"
WHERE "order".paid_at > :recent_us AND NOT EXISTS (
    SELECT 1 FROM platform_outbox WHERE topic = 'orders.order-paid.v1' AND key = "order".id)
UNION ALL
SELECT topic || ' ' || key FROM platform_outbox WHERE fanned_at IS NULL AND at < :settled_us
UNION ALL
SELECT delivery.subscriber || ' ' || event.key FROM platform_delivery AS delivery
JOIN platform_outbox AS event ON event.position = delivery.position
WHERE delivery.state = 'parked' OR (delivery.state = 'waiting' AND event.at < :settled_us);

-- I31 a subscriber has each event of its topics once
SELECT subscriber || ' ' || CAST(position AS TEXT) FROM platform_delivery
GROUP BY position, subscriber HAVING count(*) > 1
UNION ALL
SELECT heard.subscriber || ' ' || event.topic || ' ' || event.key
FROM (
    SELECT event.topic, delivery.subscriber, min(delivery.position) AS first
    FROM platform_delivery AS delivery JOIN platform_outbox AS event
        ON event.position = delivery.position
    GROUP BY event.topic, delivery.subscriber
) AS heard
JOIN platform_outbox AS event ON event.topic = heard.topic AND event.position > heard.first
    AND event.fanned_at IS NOT NULL
WHERE NOT EXISTS (
    SELECT 1 FROM platform_delivery AS delivery
    WHERE delivery.position = event.position AND delivery.subscriber = heard.subscriber);

-- I32 an idempotency key has its answer
-- otherwise: a key is written with what it answers for, and only what was done is answered for
SELECT actor || ' ' || scope || ' ' || key FROM platform_idempotency
WHERE status NOT BETWEEN 200 AND 399 OR length(digest) <> 64;

-- I34 a note that is shown has its card, as it is now, and no other note has one
-- otherwise: what an engine holds is asked of the engine; see the same number in beyond.py
SELECT note.id FROM content_note AS note
LEFT JOIN discovery_card AS card ON card.note_id = note.id
WHERE (note.state = 'published') <> (card.note_id IS NOT NULL)
    OR card.likes <> note.likes OR card.author_id <> note.author_id
UNION ALL
SELECT note_id FROM discovery_card WHERE note_id NOT IN (SELECT id FROM content_note)
UNION ALL
SELECT card.note_id FROM discovery_card AS card
WHERE NOT EXISTS (SELECT 1 FROM discovery_doc WHERE kind = 'note' AND id = card.note_id);
