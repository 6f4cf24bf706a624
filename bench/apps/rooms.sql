-- The statements of a federated messenger: events of rooms, memberships, receipts, an inbox for each device.  Keys are there, indexes are not.
CREATE TABLE events (position bigint PRIMARY KEY, depth bigint NOT NULL, event_id text NOT NULL, type text NOT NULL, room_id text NOT NULL, sender text,
	sent bigint, contains_url boolean, outlier boolean NOT NULL, state_key text);
INSERT INTO events SELECT i, i / 3, '$' || md5(i::text), (ARRAY['room.message', 'room.message', 'room.message', 'room.member', 'm.reaction', 'room.encrypted'])[1
	+ (random() * 5)::int], '!room' || ((3 * :n / 100) * random() ^ 3)::int, '@u' || ((:n / 20) * random() ^ 2)::int, 1600000000000 + i::bigint * 1000, i %
	20 = 0, i % 50 = 0, null FROM generate_series(1, (5 * :n)) i;
CREATE TABLE event_json (event_id text NOT NULL, room_id text NOT NULL, json text NOT NULL);
INSERT INTO event_json SELECT '$' || md5(i::text), '!room1', repeat(md5(i::text), 4) FROM generate_series(1, (5 * :n)) i;
CREATE TABLE memberships (event_id text NOT NULL, user_id text NOT NULL, room_id text NOT NULL, membership text NOT NULL);
INSERT INTO memberships SELECT '$' || md5(i::text), '@u' || i::bigint * 7 % (:n / 20), '!room' || i % (3 * :n / 100), (ARRAY['join', 'join', 'join', 'leave'])[1
	+ i % 4] FROM generate_series(1, (2 * :n)) i;
CREATE TABLE device_inbox (user_id text NOT NULL, device_id text NOT NULL, stream_id bigint NOT NULL, message_json text NOT NULL);
INSERT INTO device_inbox SELECT '@u' || i % (3 * :n / 100), 'D' || i % 3, i, md5(i::text) FROM generate_series(1, (2 * :n)) i;
CREATE TABLE receipts (stream_id bigint NOT NULL, room_id text NOT NULL, receipt_type text NOT NULL, user_id text NOT NULL, event_id text NOT NULL);
INSERT INTO receipts SELECT i, '!room' || i % (3 * :n / 100), 'm.read', '@u' || i % (:n / 20), '$x' FROM generate_series(1, (3 * :n / 2)) i;

-- query
SELECT e.event_id, e.position FROM events e WHERE e.room_id = '!room{1..2000}' AND NOT e.outlier AND (e.depth, e.position) < ({1..1n}, {1..3n}) ORDER BY
	e.depth DESC, e.position DESC LIMIT 20;
-- query
SELECT e.event_id FROM events e WHERE e.room_id = '!room{1..2000}' AND e.position > {1..4.n} ORDER BY e.position ASC LIMIT 20;
-- query
SELECT json FROM event_json WHERE event_id = '$' || md5('{1..4.99999n}');
-- query
SELECT e.event_id, j.json FROM events e JOIN event_json j ON j.event_id = e.event_id WHERE e.event_id IN ('$' || md5('{1..4.99999n}'), '$' || md5('{1..4.99999n}'));
-- query
SELECT room_id FROM memberships WHERE user_id = '@u{1..0.04999n}' AND membership = 'join';
-- query
SELECT count(*) FROM memberships WHERE room_id = '!room{1..0.02999n}' AND membership = 'join';
-- query
SELECT stream_id, message_json FROM device_inbox WHERE user_id = '@u{1..0.02999n}' AND device_id = 'D1' AND stream_id > 1000 AND stream_id <= 900000 ORDER
	BY stream_id ASC LIMIT 100;
-- query
SELECT max(stream_id) FROM receipts WHERE room_id = '!room{1..0.02999n}' AND receipt_type = 'm.read';
-- query
SELECT room_id, max(position) FROM events WHERE sender = '@u{1..0.04999n}' GROUP BY room_id;
-- query
SELECT event_id FROM events WHERE room_id = '!room{1..2000}' AND contains_url AND type = 'room.message' ORDER BY depth DESC, position DESC LIMIT 20;
-- query
DELETE FROM device_inbox WHERE user_id = '@u{1..0.02999n}' AND device_id = 'D2' AND stream_id <= 10;
