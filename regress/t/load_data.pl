# bingo_load: the tables are as "bingo prepare_db" leaves them, and the data is what its help promises.
use strict;
use warnings;

use LoadTool;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = utf8_node('load_data');
my ($status, $out, $err);

$node->start;
$node->safe_psql('postgres', "CREATE DATABASE $_") for qw(bingo again other uniform smallest big);

sub ask
{
	my ($query, $database) = @_;
	return $node->safe_psql($database // 'bingo', $query);
}

($status, $out, $err) = load('-d', $node->connstr('bingo'), '--scale=0.02');
is($status, 0, 'load: exit status') or diag($err);
like($out, qr/^sessions +100000 +[1-9]\d* .*\n^customers +10000 +[1-9]\d* .*\n^movies +580 +[1-9]\d* /m, 'rows and rows/s of each table');
like($out, qr/^loaded and verified: 110580 rows in /m, 'closing line');
# A slow machine's load shows its progress.
like($err, qr/^(?:\d+ of 110580 rows .*\n)*\z/, 'nothing else on stderr');

# The tables.
is( ask(q{
SELECT string_agg(format('%s %s %s%s', c.relname || '.' || a.attname, format_type(a.atttypid, a.atttypmod),
	CASE WHEN a.attnotnull THEN 'not null' ELSE 'null' END, ' default ' || pg_get_expr(d.adbin, d.adrelid)), E'\n' ORDER BY c.relname, a.attnum)
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'}), <<'END' =~ s/\n\z//r, 'columns, types and defaults');
customers.id integer not null default nextval('customers_id_seq'::regclass)
customers.name character varying(80) not null
customers.surname character varying(80) not null
customers.birthday date not null
customers.email character varying(256) not null
movies.id integer not null default nextval('movies_id_seq'::regclass)
movies.name character varying not null
movies.year integer not null
movies.duration integer not null
schema_migrations.version bigint not null
schema_migrations.dirty boolean not null
sessions.id bigint not null default nextval('sessions_id_seq'::regclass)
sessions.start_time timestamp without time zone not null
sessions.customer_id integer not null
sessions.movie_id integer not null
END
is(ask(q{SELECT string_agg(indexrelid::regclass::text || ' ' || indisprimary, ',') FROM pg_index
	WHERE indrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)}),
	'schema_migrations_pkey true', 'the only index');
is(ask(q{SELECT count(*) FROM pg_constraint WHERE contype IN ('f', 'u', 'c') AND connamespace = 'public'::regnamespace}), 0, 'no other constraint');
is(ask('TABLE schema_migrations'), '1|f', 'schema_migrations');
is(ask(q{SELECT string_agg(pg_get_serial_sequence(t, 'id') || ' ' || s.last_value, ',' ORDER BY t)
FROM unnest('{sessions,customers,movies}'::text[]) t JOIN pg_sequences s ON s.sequencename = t || '_id_seq'}),
	'public.customers_id_seq 10000,public.movies_id_seq 580,public.sessions_id_seq 100000', 'owned sequences end at the last id');

# Frozen and analyzed.
ask('CREATE EXTENSION pg_visibility');
foreach my $table (qw(sessions customers movies))
{
	# 16 and later extend a table ahead; what they have not used is not frozen.
	is(ask(qq{SELECT count(*) FILTER (WHERE all_frozen AND all_visible) || ' of ' || count(*) FROM $table r
	JOIN pg_visibility_map('$table') ON blkno = substring(r.ctid::text, '\\d+')::bigint}),
		ask("SELECT count(*) || ' of ' || count(*) FROM $table"), "every page of $table is frozen");
}
is(ask(q{SELECT string_agg(relname || ' ' || reltuples, ',' ORDER BY relname) FROM pg_class WHERE relname IN ('sessions', 'customers', 'movies')}),
	'customers 10000,movies 580,sessions 100000', 'analyzed: row counts');
is(ask(q{SELECT count(*) FROM pg_stats WHERE schemaname = 'public' AND tablename IN ('sessions', 'customers', 'movies')}), 13, 'analyzed: columns');

is(ask('BEGIN; INSERT INTO sessions (start_time, customer_id, movie_id) VALUES (now(), 1, 1) RETURNING id; ROLLBACK'),
	100001, 'the next INSERT goes on after the data');

# The values.
is(ask('SELECT bool_and(n = id) FROM (SELECT row_number() OVER (ORDER BY ctid) AS n, id FROM sessions) s'), 't', 'sessions in the order of their ids');
is(ask(q{SELECT min(start_time) >= '2020-01-01' AND max(start_time) < '2023-07-01' FROM sessions}), 't', 'range of start_time');
is(ask(q{SELECT count(*) FROM sessions WHERE extract(microseconds FROM start_time)::bigint % 1000 <> 0}) > 99000, 1, 'start_time has microseconds');
is(ask(q{SELECT count(*) FROM sessions WHERE extract(hour FROM start_time) BETWEEN 17 AND 22}) > 45000, 1, 'mostly in the evening');
is(ask('SELECT count(*) FROM sessions JOIN customers ON customers.id = customer_id JOIN movies ON movies.id = movie_id'),
	100000, 'every session has its customer and its movie');
is(ask('SELECT count(DISTINCT email), count(*) FILTER (WHERE email !~ \'^[a-z]+\d+@[a-z]+\.[a-z]+$\') FROM customers'), '10000|0', 'e-mail addresses');
is(ask(q{SELECT min(birthday) >= '1936-01-01' AND max(birthday) < '2006-01-01' FROM customers}), 't', 'birthdays');
is(ask(q{SELECT count(*) FILTER (WHERE name ~ '^[А-ЯЁ][а-яё]+$') > 7000, count(*) FILTER (WHERE name ~ '^[A-Z]') > 1000,
	count(DISTINCT (name, surname)) > 3000 FROM customers}), 't|t|t', 'Cyrillic and Latin names, thousands of different people');
is(ask(q{SELECT count(*) FROM customers WHERE name ~ '^[А-ЯЁ][а-яё]+$' AND surname ~ '(ов|ев|ёв|ин|ова|ева|ёва|ина)$'
	AND (surname ~ 'а$') <> (name ~ '[аяь]$' AND name NOT IN ('Илья', 'Никита', 'Игорь'))}), 0, 'surnames agree with first names');
is(ask('SELECT min(year) >= 1906, max(year), min(duration) >= 40, max(duration) < 200 FROM movies'), 't|2019|t|t', 'years and durations');
is(ask('SELECT count(*) FILTER (WHERE year > 1962) > 2 * count(*) FILTER (WHERE year <= 1962) FROM movies'), 't', 'more recent movies than old ones');
is(ask(q{SELECT count(*) FILTER (WHERE name ~ '[а-яё]') > 350, count(*) FILTER (WHERE name ~ '[a-z]') > 100 FROM movies}), 't|t', 'Cyrillic and Latin titles');
is(ask('SELECT count(*) > 3 FROM (SELECT FROM movies GROUP BY name, year HAVING count(*) > 1) d'), 't', 'equal titles inside one year');

# Popularity: the top 1 % get 10 %, and are no neighbours.
my $top = 'SELECT %1$s, count(*) AS n FROM sessions GROUP BY %1$s ORDER BY n DESC LIMIT %2$d';
my $share = 'SELECT round(sum(n) / 1000) FROM (' . $top . ') t';
is(ask(sprintf($share, 'movie_id', 6)), 10, 'share of the top 1 % of the movies');
is(ask(sprintf($share, 'customer_id', 100)), 10, 'share of the top 1 % of the customers');
is(ask(sprintf('SELECT min(gap) > 1 FROM (SELECT movie_id - lag(movie_id) OVER (ORDER BY movie_id) AS gap FROM (' . $top . ') t) g', 'movie_id', 10)),
	't', 'popular ids are scattered');

# The same data from any number of connections, other data from another seed.
($status, $out, $err) = load('-d', $node->connstr('again'), '--scale=0.02', '--jobs=1', '--seed=1');
is($status, 0, 'one connection: exit status') or diag($err);
is(digest($node, 'again'), digest($node, 'bingo'), 'one connection gives the same data');
($status, $out, $err) = load('-d', $node->connstr('other'), '--scale=0.02', '--jobs=64', '--seed=2');
is($status, 0, 'another seed: exit status') or diag($err);
is(scalar(grep { $_ } map { (split(/\|/, digest($node, 'other')))[$_] eq (split(/\|/, digest($node, 'bingo')))[$_] } 0 .. 2),
	0, 'another seed gives other data in every table');

# skew 0 is uniform.
($status, $out, $err) = load('-d', $node->connstr('uniform'), '--scale=0.02', '--skew=0', '--quiet');
is($status, 0, 'uniform: exit status');
is("$out$err", '', '--quiet prints nothing');
is(ask(sprintf($share, 'movie_id', 6), 'uniform'), 1, 'uniform: share of the top 1 % of the movies');
is(ask('SELECT count(DISTINCT movie_id) FROM sessions', 'uniform'), 580, 'uniform: every movie is seen');

# Whatever the machine: known settings give known data.  When this changes on purpose, raise BINGO_GENERATE_FORMAT.
($status, $out, $err) = load('-d', $node->connstr('smallest'), '--scale=0.001', '--seed=42', '--skew=0.7');
is($status, 0, 'smallest: exit status');
is(digest($node, 'smallest'), '40acbac5b49194e48cccc8a26d5e6309|d2fa8bfec8b430c32d3ebaf711b1aa01|64360e9bb0bcbad55eef7ea0a3ff8067', 'the data of format 1');
is(ask('SELECT (SELECT count(*) FROM sessions), (SELECT count(*) FROM customers), (SELECT count(*) FROM movies)', 'smallest'),
	'5000|500|29', 'counts are rounded');

# Memory stays bounded: 42 MB of rows through a tool that may have 24 MB of data, stacks included.
my ($big_out, $big_err) = ('', '');
IPC::Run::run([ 'sh', '-c', 'ulimit -s 512; ulimit -d 24576; exec "$@"', 'sh', 'bingo_load', '-d', $node->connstr('big'), '--scale=0.2', '--quiet' ],
	'>', \$big_out, '2>', \$big_err);
is($?, 0, 'a load larger than the memory allowed') or diag($big_err);

$node->stop;
done_testing();
