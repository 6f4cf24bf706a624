-- Team chat, rooms, helpdesk conversations and mailboxes: lists of one member, channel or mailbox in the order of what is joined.
CREATE TABLE teams (id text PRIMARY KEY, displayname text NOT NULL, deleteat bigint NOT NULL);
CREATE TABLE channels (id text PRIMARY KEY, teamid text NOT NULL REFERENCES teams, displayname text NOT NULL, name text NOT NULL, type text NOT NULL, deleteat bigint NOT NULL, lastpostat bigint NOT NULL);
CREATE TABLE users (id text PRIMARY KEY, username text NOT NULL, email text, deleteat bigint NOT NULL, roles text);
CREATE TABLE channelmembers (channelid text NOT NULL REFERENCES channels, userid text NOT NULL REFERENCES users, msgcount bigint NOT NULL, PRIMARY KEY (channelid, userid));
CREATE TABLE posts (id text PRIMARY KEY, channelid text NOT NULL REFERENCES channels, userid text NOT NULL REFERENCES users, rootid text NOT NULL, createat bigint NOT NULL, updateat bigint NOT NULL, deleteat bigint NOT NULL, type text NOT NULL, message text NOT NULL);
CREATE TABLE threads (postid text PRIMARY KEY, replycount bigint NOT NULL, lastreplyat bigint NOT NULL, channelid text NOT NULL, threaddeleteat bigint);
CREATE TABLE threadmemberships (postid text NOT NULL REFERENCES threads, userid text NOT NULL, following boolean NOT NULL, lastviewed bigint NOT NULL, PRIMARY KEY (postid, userid));
CREATE TABLE rooms (room_id text PRIMARY KEY, is_public boolean, creator text);
CREATE TABLE room_stats_state (room_id text PRIMARY KEY, name text, join_rules text, encryption text, history_visibility text);
CREATE TABLE room_stats_current (room_id text PRIMARY KEY, joined_members int NOT NULL, local_users_in_room int NOT NULL, current_state_events int NOT NULL);
CREATE TABLE contacts (id int PRIMARY KEY, account_id int NOT NULL, name text, email text, last_activity_at timestamp, company_name text);
CREATE TABLE conversations (id int PRIMARY KEY, account_id int NOT NULL, inbox_id int NOT NULL, status int NOT NULL, assignee_id int, contact_id int REFERENCES contacts, priority int, last_activity_at timestamp NOT NULL, waiting_since timestamp, created_at timestamp NOT NULL);
CREATE TABLE mails (id int PRIMARY KEY, sender text NOT NULL, subject text NOT NULL, sent_at timestamptz NOT NULL, spam boolean NOT NULL, size int NOT NULL);
CREATE TABLE recipients (mail_id int NOT NULL REFERENCES mails, mailbox_id int NOT NULL, seen boolean NOT NULL, trashed boolean NOT NULL, PRIMARY KEY (mail_id, mailbox_id));
INSERT INTO teams SELECT 't' || i, 'Team ' || md5(i::text), CASE WHEN random() < 0.05 THEN 1 ELSE 0 END FROM generate_series(1, 50) i;
INSERT INTO channels SELECT 'c' || i, 't' || 1 + floor(50 * random() ^ 2), 'Channel ' || md5((i / 2)::text), 'channel-' || i, (ARRAY['O','O','P'])[1 + floor(3 * random())], CASE WHEN random() < 0.1 THEN 1 ELSE 0 END, floor(1.7e12 + 1e10 * random()) FROM generate_series(1, :n / 4) i;
INSERT INTO users SELECT 'u' || i, 'user' || md5(i::text), 'user' || i || '@example.org', CASE WHEN random() < 0.05 THEN 1 ELSE 0 END, 'system_user' FROM generate_series(1, :n / 20) i;
INSERT INTO channelmembers SELECT DISTINCT ON (1, 2) c, u, m FROM (SELECT 'c' || 1 + floor(:n / 4 * random() ^ 6) AS c, 'u' || 1 + floor(:n / 20 * random()) AS u, floor(100 * random()) AS m FROM generate_series(1, :n) i) x;
INSERT INTO posts SELECT 'p' || i, 'c' || 1 + floor(:n / 4 * random() ^ 4), 'u' || 1 + floor(:n / 20 * random() ^ 2), CASE WHEN random() < 0.4 THEN 'p' || 1 + floor(i * random()) ELSE '' END, 1700000000000 + i * 60000::bigint, 1700000000000 + i * 60000::bigint, CASE WHEN random() < 0.04 THEN 1 ELSE 0 END, CASE WHEN random() < 0.1 THEN 'system_join' ELSE '' END, repeat(md5(i::text), 3) FROM generate_series(1, :n) i;
INSERT INTO threads SELECT 'p' || i, floor(50 * random() ^ 4), 1700000000000 + floor(i * 60000.0 + 6e8 * random() ^ 4), 'c' || 1 + floor(:n / 4 * random() ^ 4), CASE WHEN random() < 0.02 THEN 1 END FROM generate_series(1, :n / 2) i;
INSERT INTO threadmemberships SELECT 'p' || i, 'u' || 1 + floor(300 * random() ^ 2) + k * 1000, random() < 0.8, 1700000000000 FROM generate_series(1, :n / 2) i, generate_series(0, 1) k;
INSERT INTO rooms SELECT '!r' || i, random() < 0.1, 'u' FROM generate_series(1, :n) i;
INSERT INTO room_stats_state SELECT '!r' || i, CASE WHEN random() < 0.4 THEN 'Room ' || md5(i::text) END, (ARRAY['invite','public','knock'])[1 + floor(3 * random())], CASE WHEN random() < 0.5 THEN 'm.megolm' END, 'shared' FROM generate_series(1, :n) i;
INSERT INTO room_stats_current SELECT '!r' || i, floor(5000 * random() ^ 10), 1, floor(9000 * random() ^ 8) FROM generate_series(1, :n) i;
INSERT INTO contacts SELECT i, 1 + floor(20 * random() ^ 3), 'Contact ' || md5(i::text), CASE WHEN random() < 0.8 THEN i || '@example.org' END, CASE WHEN random() < 0.6 THEN timestamp '2026-11-30' - random() ^ 2 * interval '700 days' END, CASE WHEN random() < 0.4 THEN 'Company ' || floor(3000 * random()) END FROM generate_series(1, :n / 2) i;
INSERT INTO conversations SELECT i, 1 + floor(20 * random() ^ 3), 1 + floor(60 * random() ^ 2), (ARRAY[0,1,1,1,2,3])[1 + floor(6 * random())], CASE WHEN random() < 0.6 THEN 1 + floor(100 * random()) END, CASE WHEN random() < 0.98 THEN 1 + floor(:n / 2 * random()) END, CASE WHEN random() < 0.15 THEN floor(4 * random()) END, timestamp '2026-01-01' + random() * interval '330 days', CASE WHEN random() < 0.1 THEN timestamp '2026-10-01' + random() * interval '50 days' END, timestamp '2026-01-01' + i * interval '4 min' FROM generate_series(1, :n) i;
INSERT INTO mails SELECT i, 'sender' || floor(2000 * random() ^ 2), 'Subject ' || md5(i::text), timestamptz '2026-01-01' + i * interval '4 min', random() < 0.15, floor(1e6 * random() ^ 6) FROM generate_series(1, :n) i;
INSERT INTO recipients SELECT DISTINCT 1 + floor(:n * random())::int, 1 + floor(500 * random() ^ 2)::int, random() < 0.8, random() < 0.1 FROM generate_series(1, :n * 2) i ON CONFLICT DO NOTHING;
CREATE INDEX ON channels (teamid);
CREATE INDEX ON channelmembers (userid);
CREATE INDEX ON posts (channelid);
CREATE INDEX ON posts (userid);
CREATE INDEX ON threadmemberships (userid);
CREATE INDEX ON conversations (account_id);
CREATE INDEX ON conversations (contact_id);
CREATE INDEX ON recipients (mailbox_id);

SELECT bingo_tune.create_ordering('channels_by_displayname', $$
	SELECT channels.displayname, teams.displayname, channels.id, channels.type, channels.deleteat
	FROM channels JOIN teams ON teams.id = channels.teamid ORDER BY channels.displayname, teams.displayname$$, window_rows => :window);
SELECT bingo_tune.create_ordering('users_by_username', $$
	SELECT users.username, users.id, users.deleteat
	FROM users JOIN channelmembers cm ON cm.userid = users.id WHERE cm.channelid = $1 ORDER BY users.username$$, window_rows => NULL);
SELECT bingo_tune.create_ordering('threads_by_lastreplyat', $$
	SELECT threads.lastreplyat, threads.postid, threads.replycount, threads.threaddeleteat, threadmemberships.postid, threadmemberships.following, threadmemberships.lastviewed
	FROM threads JOIN threadmemberships ON threadmemberships.postid = threads.postid WHERE threadmemberships.userid = $1 ORDER BY threads.lastreplyat DESC$$, window_rows => NULL);
SELECT bingo_tune.create_ordering('room_stats_current_by_joined_members', $$
	SELECT curr.joined_members, state.room_id, state.name, rooms.creator
	FROM room_stats_state state JOIN room_stats_current curr ON state.room_id = curr.room_id JOIN rooms ON state.room_id = rooms.room_id ORDER BY curr.joined_members DESC, state.room_id$$, window_rows => :window);
SELECT bingo_tune.create_ordering('room_stats_current_by_joined_members_2', $$
	SELECT room_stats_current.joined_members, rooms.room_id, room_stats_state.name, room_stats_state.join_rules, room_stats_state.history_visibility, rooms.is_public
	FROM rooms JOIN room_stats_state ON rooms.room_id = room_stats_state.room_id JOIN room_stats_current ON rooms.room_id = room_stats_current.room_id ORDER BY room_stats_current.joined_members DESC, rooms.room_id DESC$$, window_rows => :window);
SELECT bingo_tune.create_ordering('room_stats_current_by_joined_members_3', $$
	SELECT room_stats_current.joined_members, rooms.room_id, room_stats_state.name, room_stats_state.join_rules, rooms.is_public
	FROM rooms JOIN room_stats_state ON rooms.room_id = room_stats_state.room_id JOIN room_stats_current ON rooms.room_id = room_stats_current.room_id ORDER BY room_stats_current.joined_members DESC, rooms.room_id DESC$$, window_rows => NULL);
SELECT bingo_tune.create_ordering('conversations_by_priority', $$
	SELECT conversations.priority, conversations.last_activity_at, conversations.id, conversations.account_id, conversations.status
	FROM conversations JOIN contacts ON contacts.id = conversations.contact_id WHERE conversations.inbox_id = $1 ORDER BY conversations.priority DESC NULLS LAST, conversations.last_activity_at DESC, conversations.id$$, window_rows => NULL);
SELECT bingo_tune.create_ordering('contacts_by_last_activity_at', $$
	SELECT contacts.last_activity_at, conversations.id, conversations.account_id, conversations.status, contacts.name, contacts.email
	FROM conversations LEFT JOIN contacts ON contacts.id = conversations.contact_id ORDER BY contacts.last_activity_at DESC NULLS LAST, conversations.id DESC$$, window_rows => :window);
SELECT bingo_tune.create_ordering('mails_by_sent_at', $$
	SELECT m.sent_at, m.id, r.seen, r.trashed, m.sender, m.subject, m.spam
	FROM recipients r JOIN mails m ON m.id = r.mail_id WHERE r.mailbox_id = $1 ORDER BY m.sent_at DESC, m.id DESC$$, window_rows => NULL);
SELECT bingo_tune.create_ordering('mails_by_size', $$
	SELECT m.size, m.id, r.seen, m.sender
	FROM recipients r JOIN mails m ON m.id = r.mail_id WHERE r.mailbox_id = $1 ORDER BY m.size DESC, m.id DESC$$, window_rows => NULL);
SELECT bingo_tune.create_ordering('mails_by_sent_at_2', $$
	SELECT m.sent_at, m.id, r.mailbox_id, r.trashed
	FROM recipients r JOIN mails m ON m.id = r.mail_id WHERE r.mailbox_id = $1 ORDER BY m.sent_at DESC, m.id DESC, r.mailbox_id$$, window_rows => NULL);

-- shape: mattermost all channels by name, then by the team
-- keys: displayname, team
SELECT Channels.Id, Channels.DisplayName, Teams.DisplayName AS Team FROM Channels JOIN Teams ON Teams.Id = Channels.TeamId WHERE Channels.Type IN ('O', 'P') AND Channels.DeleteAt = 0 ORDER BY Channels.DisplayName, Teams.DisplayName LIMIT 50 OFFSET 50;

-- shape: mattermost users of a channel
-- set: plan_cache_mode = force_generic_plan
-- prepare: (text, int, int) AS ('c1', 60, 0)
SELECT Users.Id, Users.Username FROM Users JOIN ChannelMembers cm ON (cm.UserId = Users.Id AND Users.DeleteAt = 0) WHERE cm.ChannelId = $1 ORDER BY Users.Username ASC LIMIT $2 OFFSET $3;

-- shape: mattermost followed threads
-- keys: lastreplyat
SELECT Threads.PostId, Threads.ReplyCount, Threads.LastReplyAt, ThreadMemberships.LastViewed, Posts.Message FROM Threads INNER JOIN ThreadMemberships ON ThreadMemberships.PostId = Threads.PostId LEFT JOIN Posts ON Posts.Id = ThreadMemberships.PostId
WHERE ThreadMemberships.UserId = 'u5' AND ThreadMemberships.Following AND COALESCE(Threads.ThreadDeleteAt, 0) = 0 ORDER BY Threads.LastReplyAt DESC LIMIT 25;

-- shape: mattermost posts of own channels (flagged and searched)
SELECT q2.id, q2.createat FROM Posts q2 WHERE q2.DeleteAt = 0 AND q2.Type NOT LIKE 'system_%' AND q2.ChannelId IN (SELECT Id FROM Channels INNER JOIN ChannelMembers ON Id = ChannelId WHERE (TeamId = 't1' OR TeamId = '') AND UserId = 'u5' AND Channels.DeleteAt = 0) ORDER BY q2.CreateAt DESC LIMIT 100;

-- shape: synapse rooms by members, USING
SELECT state.room_id, state.name, curr.joined_members, rooms.creator FROM room_stats_state state INNER JOIN room_stats_current curr USING (room_id) INNER JOIN rooms USING (room_id) ORDER BY curr.joined_members DESC, state.room_id ASC LIMIT 100 OFFSET 0;

-- shape: synapse public rooms
SELECT room_id, name, joined_members FROM (SELECT room_id FROM rooms WHERE is_public) published INNER JOIN room_stats_state USING (room_id) INNER JOIN room_stats_current USING (room_id) WHERE (join_rules = 'public' OR join_rules = 'knock' OR history_visibility = 'world_readable') AND joined_members > 0 ORDER BY joined_members DESC, room_id DESC LIMIT 50;

-- shape: synapse public rooms, keyset
SELECT room_id, name, joined_members FROM (SELECT room_id FROM rooms WHERE is_public) published INNER JOIN room_stats_state USING (room_id) INNER JOIN room_stats_current USING (room_id) WHERE (joined_members < 900 OR (joined_members = 900 AND room_id < '!r5')) AND (join_rules = 'public' OR join_rules = 'knock') AND joined_members > 0 ORDER BY joined_members DESC, room_id DESC LIMIT 50;

-- shape: chatwoot conversations, by priority
SELECT conversations.id, conversations.priority FROM conversations INNER JOIN contacts ON contacts.id = conversations.contact_id WHERE conversations.account_id = 1 AND conversations.status = 0 AND conversations.inbox_id IN (1, 2, 3, 5, 8) ORDER BY conversations.priority DESC NULLS LAST, conversations.last_activity_at DESC, conversations.id LIMIT 25;

-- shape: chatwoot conversations by the activity of the contact
SELECT conversations.id, contacts.name FROM conversations LEFT OUTER JOIN contacts ON contacts.id = conversations.contact_id WHERE conversations.account_id = 1 AND conversations.status = 0 AND (contacts.email ILIKE '%9@example%' OR contacts.name ILIKE '%99%') ORDER BY contacts.last_activity_at DESC NULLS LAST, conversations.id DESC LIMIT 15;

-- shape: mailbox, newest first
-- set: plan_cache_mode = force_generic_plan
-- prepare: (int, int) AS (1, 50)
SELECT m.id, m.sender, m.subject, m.sent_at, r.seen FROM recipients r JOIN mails m ON m.id = r.mail_id WHERE r.mailbox_id = $1 AND NOT r.trashed AND NOT m.spam ORDER BY m.sent_at DESC, m.id DESC LIMIT $2;

-- shape: mailbox, greatest first, unread with sender
SELECT m.id, m.sender, m.size FROM recipients r JOIN mails m ON m.id = r.mail_id WHERE r.mailbox_id = 3 AND NOT r.seen ORDER BY m.size DESC, m.id DESC LIMIT 50;

-- shape: mailboxes, unread of several mailboxes
SELECT m.id, m.sent_at, r.mailbox_id FROM recipients r JOIN mails m ON m.id = r.mail_id WHERE r.mailbox_id IN (1, 4, 9) AND NOT r.trashed ORDER BY m.sent_at DESC, m.id DESC, r.mailbox_id LIMIT 50;
