-- A block explorer: transactions of the newest blocks, and transfers of tokens.  A block has some 100 transactions.
CREATE TABLE block (number int PRIMARY KEY, mined timestamptz NOT NULL, miner text NOT NULL, consensus boolean NOT NULL);
CREATE TABLE address (id int PRIMARY KEY, hash bytea NOT NULL, name text, contract boolean NOT NULL);
CREATE TABLE transaction (hash bytea PRIMARY KEY, block_number int NOT NULL REFERENCES block, index int NOT NULL,
	from_id int NOT NULL REFERENCES address, to_id int REFERENCES address, value numeric(40) NOT NULL,
	gas_price numeric(30) NOT NULL, gas_used int NOT NULL, error text);

INSERT INTO block SELECT i, timestamptz '2026-01-01' + i / 2 * interval '24 s', md5((i % 30)::text), random() < 0.97 FROM generate_series(1, greatest(:n / 100, 10)) i;
INSERT INTO address SELECT i, decode(md5(i::text), 'hex'), CASE WHEN i % 10 = 0 THEN 'Name ' || i END, i % 5 = 0 FROM generate_series(1, :n / 10) i;
INSERT INTO transaction SELECT sha256(i::text::bytea), 1 + i / 101, i % 101, 1 + floor((:n / 10) * random() ^ 4),
	CASE WHEN random() < 0.97 THEN 1 + floor((:n / 10) * random() ^ 4) END, floor(1e18 * random() ^ 8)::numeric, 1000000000 + i % 5000, 21000 + i % 100000,
	CASE WHEN random() < 0.03 THEN 'reverted' END FROM generate_series(0, :n - 1) i WHERE 1 + i / 101 <= greatest(:n / 100, 10);
CREATE INDEX ON transaction (block_number);
CREATE INDEX ON transaction (from_id);
CREATE INDEX ON transaction (to_id);

SELECT bingo_tune.create_ordering('transactions', $$
	SELECT t.hash, t.block_number, t.index, t.from_id, t.to_id, t.value, t.gas_price, t.gas_used, t.error, b.mined, b.consensus
	FROM transaction t JOIN block b ON b.number = t.block_number
	ORDER BY b.mined DESC, t.index DESC, t.hash$$, window_rows => :window);
SELECT bingo_tune.create_ordering('senders', $$
	SELECT t.hash, t.from_id, t.index, t.value, b.mined
	FROM transaction t JOIN block b ON b.number = t.block_number
	ORDER BY t.from_id, b.mined DESC, t.index DESC, t.hash$$, window_rows => :n);

-- shape: transactions, expressions in the select list, ties
-- listed
-- keys: mined
SELECT encode(t.hash, 'hex') AS transaction_hash, b.mined, t.value / 1e18 AS ether, t.gas_used * t.gas_price / 1e18 AS fee, coalesce(t.error, 'ok') AS status
FROM transaction t JOIN block b ON b.number = t.block_number
ORDER BY b.mined DESC LIMIT 50;

-- shape: transactions, both addresses by LEFT JOIN
-- keys: mined, index
SELECT encode(t.hash, 'hex') AS transaction_hash, b.mined, t.index, f.name AS sender, r.name AS receiver, t.value / 1e18 AS ether
FROM transaction t JOIN block b ON b.number = t.block_number
	LEFT JOIN address f ON f.id = t.from_id LEFT JOIN address r ON r.id = t.to_id
WHERE b.consensus
ORDER BY b.mined DESC, t.index DESC LIMIT 50;

-- shape: transactions, the failed ones to contracts
-- keys: mined
SELECT encode(t.hash, 'hex') AS transaction_hash, b.mined, t.error
FROM transaction t JOIN block b ON b.number = t.block_number JOIN address a ON a.id = t.to_id
WHERE t.error IS NOT NULL AND a.contract
ORDER BY b.mined DESC LIMIT 25;

-- shape: transactions, OFFSET pages with ties
-- listed
-- keys: mined
SELECT encode(t.hash, 'hex') AS transaction_hash, b.mined, t.value
FROM transaction t JOIN block b ON b.number = t.block_number
ORDER BY b.mined DESC LIMIT 50 OFFSET 200;

-- shape: transactions, of many senders (IN list)
-- keys: mined
SELECT encode(t.hash, 'hex') AS transaction_hash, b.mined, t.from_id
FROM transaction t JOIN block b ON b.number = t.block_number
WHERE t.from_id IN (1, 2, 3, 5, 8, 13, 21, 34)
ORDER BY b.mined DESC LIMIT 25;

-- shape: newest transaction of each sender (DISTINCT ON)
-- listed
SELECT DISTINCT ON (t.from_id) t.from_id, b.mined, encode(t.hash, 'hex') AS transaction_hash, t.value
FROM transaction t JOIN block b ON b.number = t.block_number
ORDER BY t.from_id, b.mined DESC, t.index DESC, t.hash LIMIT 100;

-- shape: newest transaction of each sender, all of them
SELECT DISTINCT ON (t.from_id) t.from_id, b.mined, encode(t.hash, 'hex') AS transaction_hash
FROM transaction t JOIN block b ON b.number = t.block_number
ORDER BY t.from_id, b.mined DESC, t.index DESC, t.hash;

-- shape: transactions of some senders, IN list on the leading key
-- keys: from_id, mined
SELECT encode(t.hash, 'hex') AS transaction_hash, t.from_id, b.mined, t.value
FROM transaction t JOIN block b ON b.number = t.block_number
WHERE t.from_id IN (100, 200, 300, 500)
ORDER BY t.from_id, b.mined DESC LIMIT 25;

-- shape: transactions of one sender
-- keys: mined
SELECT encode(t.hash, 'hex') AS transaction_hash, b.mined, t.value
FROM transaction t JOIN block b ON b.number = t.block_number
WHERE t.from_id = 7 ORDER BY b.mined DESC LIMIT 20;

-- shape: newest time of one sender
SELECT max(b.mined) AS newest FROM transaction t JOIN block b ON b.number = t.block_number WHERE t.from_id = 7;

-- shape: newest three of each of some addresses (LATERAL)
SELECT a.id, x.mined, encode(x.hash, 'hex') AS transaction_hash
FROM address a CROSS JOIN LATERAL (
	SELECT t.hash, b.mined FROM transaction t JOIN block b ON b.number = t.block_number
	WHERE t.from_id = a.id ORDER BY b.mined DESC, t.index DESC, t.hash LIMIT 3) x
WHERE a.id BETWEEN 1 AND 200 ORDER BY a.id, x.mined DESC, x.hash;
