/*
 * regress/keyed_model.c
 *	  Every interleaving of those who change, cut and read the rows of one key of an ordering.
 *
 * A key has PLACES places in the order, each with a row in the tables, the base, or none.  b, the key's boundary, says how many
 * places are inside; PLACES: all of them, the key is complete.  The invariant is (P) at the head of extension/write/maintain.c:
 * what a snapshot sees in the window is what it sees in the base inside the b that it sees.  Commits have one order, so a snapshot
 * is the committed content at some moment.
 *
 *	D	changes a row (comes, goes, moves), or two Ds do; at commit: gate shared, b, window rows of its own rows, commit,
 *		locks let go
 *		A D who gives up, for whom the key has too much to be done, puts in none of the rows that come, and leaves a mark of
 *		his own.  Of a key that is marked a snapshot sees in the window nothing but rows of the base inside b, perhaps not all.
 *	U	gate exclusive, snapshot, cut to K rows, or extended, or emptied by TRUNCATE and filled, or the key's rows and marks
 *		taken away and its first rows put in; commit, locks let go
 *	F	a fill in two parts.  Gate exclusive, b is all places, one mark of its own in the place of all, commit, gate let go;
 *		snapshot, the first K rows noted; gate exclusive again, each of these looked at anew if there is no mark but its
 *		own, b behind the last of them, rows behind b taken away, the mark taken away; commit, gate let go
 *	S	snapshot, then opens the window (waits for TRUNCATE), reads b, then rows; nothing of a key with a mark
 *
 * "keyed_model" goes through all contents, changes and interleavings, and fails with the first that breaks (P).  With the name of a
 * break that lock or order of steps is left out, and it must fail: regress/t/models.pl.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keyed_model.h"
#include "model.h"

static const char *const break_names[] = {"nothing", "d_without_gate", "u_gate_shared", "u_snapshot_first", "d_boundary_first",
	"d_boundary_old", "d_unlocks_first", "u_unlocks_first", "u_cuts_twice", "s_two_snapshots", "s_any_file", "d_without_mark", "d_leaves_rows",
	"d_skips_by_mark", "s_ignores_marks", "f_keeps_boundary", "f_notes_first", "f_without_looking", "f_overlooks_marks",
	"f_leaves_rest"};

static Break broken = NOTHING;
static long long states = 0;

static unsigned
inside(int b)
{
	return (1U << b) - 1;
}

static int
count(unsigned rows)
{
	return __builtin_popcount(rows);
}

static void
fail(const World *world, const char *what)
{
	const Content *c = &world->committed;

	printf("not exact (%s): base %x, window %x, boundary %d after %lld states\n", what, c->base, c->window, c->b, states);
	exit(1);
}

static bool
is_exact(const Content *c)
{
	unsigned	rows = c->base & inside(c->b);

	return c->marks != 0 ? (c->window & ~rows) == 0 : c->window == rows;
}

static Content
with_own(const Process *p, Content c)
{
	c.base = (c.base & ~p->base_clear) | p->base_set;
	c.window = (c.window & ~p->window_clear) | p->window_set;
	if (p->new_b >= 0)
		c.b = p->new_b;
	if (p->new_file >= 0)
		c.file = p->new_file;
	c.marks = (c.marks & ~p->marks_clear) | p->marks_set;
	return c;
}

/* It is committed. */
static void
forget_own(Process *p)
{
	p->base_set = p->base_clear = p->window_set = p->window_clear = p->marks_set = p->marks_clear = 0;
	p->new_b = p->new_file = -1;
}

/* Can it be taken now?  A lock that is had is not asked for. */
static bool
lock(World *world, Process *p)
{
	bool		exclusive = p->kind != KIND_D && broken != U_GATE_SHARED;

	if (p->kind == KIND_D && broken == D_WITHOUT_GATE)
		return true;
	for (int i = 0; i < world->nprocesses; i++)
	{
		const Process *other = &world->processes[i];

		if (other != p && (other->exclusive || (exclusive && other->shared)))
			return false;
	}
	*(exclusive ? &p->exclusive : &p->shared) = true;
	return true;
}

/* The window rows of D's own row, by the rows as they are now. */
static void
maintain(World *world, Process *p)
{
	unsigned	now = with_own(p, world->committed).base;
	int			places[2] = {p->from, p->to};

	for (int i = 0; i < 2; i++)
	{
		unsigned	row = places[i] < 0 ? 0 : 1U << places[i];

		if (!(now & row & inside(p->b)))
			p->window_clear |= p->gives_up && broken == D_LEAVES_ROWS ? 0 : row;
		else if (!p->gives_up && (broken != D_SKIPS_BY_MARK || world->committed.marks == 0))
			p->window_set |= row;
	}
	if (p->gives_up && broken != D_WITHOUT_MARK)
		p->marks_set = p->mark;
}

/* b behind the first "rows" rows; all places if there are no more. */
static int
boundary_of(unsigned rows, int most)
{
	for (int b = 0; b < PLACES; b++)
		if (count(rows & inside(b)) == most)
			return b;
	return PLACES;
}

static void
keep_up(World *world, Process *p)
{
	const Content *s = &p->snapshot;

	if (p->kind == KIND_CUT && count(s->window) > KEPT)
	{
		p->new_b = boundary_of(s->window, KEPT);
		if (broken != U_CUTS_TWICE)
			p->window_clear = s->window & ~inside(p->new_b);
	}
	else if (p->kind == KIND_EXTEND && s->b < PLACES)
	{
		p->new_b = boundary_of(s->base, count(s->base & inside(s->b)) + 1);
		p->window_set = s->base & inside(p->new_b) & ~inside(s->b);
	}
	else if (p->kind == KIND_TRUNCATE || p->kind == KIND_REPAIR)
	{
		if (p->kind == KIND_TRUNCATE)
			p->new_file = ++world->file;
		p->new_b = boundary_of(s->base, KEPT);
		p->window_clear = inside(PLACES);
		p->window_set = s->base & inside(p->new_b);
		p->marks_clear = s->marks;
	}
}

/* F's first part: from now on all rows of the key are kept by whoever changes one. */
static void
open_key(const World *world, Process *p)
{
	p->marks_clear = world->committed.marks;
	p->marks_set = p->mark;
	if (broken != F_KEEPS_BOUNDARY)
		p->new_b = PLACES;
}

/* F's second part: the gate is had again. */
static void
close_key(const World *world, Process *p)
{
	const Content *now = &world->committed;
	unsigned	rows = broken == F_WITHOUT_LOOKING ? p->noted : p->noted & now->base;

	if (now->marks != p->mark && broken != F_OVERLOOKS_MARKS)
		return;
	p->new_b = boundary_of(p->noted, KEPT);
	p->window_set = rows;
	p->window_clear = p->noted & ~rows;
	if (broken != F_LEAVES_REST)
		p->window_clear |= now->window & ~inside(p->new_b);
	p->marks_clear = now->marks;
}

/* Whose lock on the window is in the way of whoever opens it? */
static bool
is_window_locked(const World *world)
{
	for (int i = 0; i < world->nprocesses; i++)
		if (world->processes[i].truncates && world->processes[i].exclusive)
			return true;
	return false;
}

/* What S gives: all up to b, and it says whether that is all there is. */
static void
read_rows(World *world, Process *p)
{
	bool		same_file = p->snapshot.file == world->file;
	unsigned	rows = same_file ? p->snapshot.window : 0;
	bool		known = same_file || broken == S_ANY_FILE;

	/* an empty beginning that says nothing is always right */
	if (!known || (p->snapshot.marks != 0 && broken != S_IGNORES_MARKS))
		return;
	if (broken == S_TWO_SNAPSHOTS)
		rows = world->committed.window;
	if (rows != (p->snapshot.base & inside(p->b)))
		fail(world, "a reader");
}

/* False: it has to wait. */
static bool
take(World *world, Process *p)
{
	switch (p->steps[p->next])
	{
		case CHANGE:
			p->begin = world->committed;
			if (p->from >= 0)
				p->base_clear = 1U << p->from;
			if (p->to >= 0)
				p->base_set = 1U << p->to;
			break;
		case LOCK:
			if (!lock(world, p))
				return false;
			p->truncates = p->kind == KIND_TRUNCATE;
			break;
		case BOUNDARY:
			p->b = broken == D_BOUNDARY_OLD ? p->begin.b : world->committed.b;
			break;
		case LOOK:
			p->snapshot = world->committed;
			break;
		case WORK:
			if (p->kind == KIND_D)
				maintain(world, p);
			else
				keep_up(world, p);
			break;
		case REST:
			p->window_clear = world->committed.window & ~inside(world->committed.b);
			break;
		case OPEN_KEY:
			open_key(world, p);
			break;
		case NOTE:
			p->noted = p->snapshot.base & inside(boundary_of(p->snapshot.base, KEPT));
			break;
		case CLOSE_KEY:
			close_key(world, p);
			break;
		case COMMIT:
			world->committed = with_own(p, world->committed);
			forget_own(p);
			if (!is_exact(&world->committed))
				fail(world, "a commit");
			break;
		case UNLOCK:
			p->shared = p->exclusive = false;
			break;
		case OPEN:
			if (is_window_locked(world))
				return false;
			p->b = p->snapshot.b;
			break;
		case READ:
			if (is_window_locked(world))
				return false;
			read_rows(world, p);
			break;
		case END:
			break;
	}
	p->next++;
	return true;
}

static void
explore(const World *world)
{
	if (!model_is_new(world, sizeof(World)))
		return;
	states++;
	for (int i = 0; i < world->nprocesses; i++)
	{
		World		next;

		memcpy(&next, world, sizeof(World));
		if (next.processes[i].steps[next.processes[i].next] == END)
			continue;
		if (take(&next, &next.processes[i]))
			explore(&next);
	}
}

static void
set_steps(Process *p, const Step *steps)
{
	p->steps = steps;
	p->new_b = p->new_file = -1;
}

static Process
make(Kind kind, int from, int to)
{
	static const Step d[] = {CHANGE, LOCK, BOUNDARY, WORK, COMMIT, UNLOCK, END};
	static const Step d_boundary_first[] = {CHANGE, BOUNDARY, LOCK, WORK, COMMIT, UNLOCK, END};
	static const Step d_unlocks_first[] = {CHANGE, LOCK, BOUNDARY, WORK, UNLOCK, COMMIT, END};
	static const Step u[] = {LOCK, LOOK, WORK, COMMIT, UNLOCK, END};
	static const Step u_snapshot_first[] = {LOOK, LOCK, WORK, COMMIT, UNLOCK, END};
	static const Step u_unlocks_first[] = {LOCK, LOOK, WORK, UNLOCK, COMMIT, END};
	static const Step u_cuts_twice[] = {LOCK, LOOK, WORK, COMMIT, REST, COMMIT, UNLOCK, END};
	static const Step f[] = {LOCK, OPEN_KEY, COMMIT, UNLOCK, LOOK, NOTE, LOCK, CLOSE_KEY, COMMIT, UNLOCK, END};
	static const Step f_notes_first[] = {LOOK, NOTE, LOCK, OPEN_KEY, COMMIT, UNLOCK, LOCK, CLOSE_KEY, COMMIT, UNLOCK, END};
	static const Step s[] = {LOOK, OPEN, READ, END};
	Process		p;

	memset(&p, 0, sizeof(p));
	p.kind = kind;
	p.from = from;
	p.to = to;
	if (kind == KIND_S)
		set_steps(&p, s);
	else if (kind == KIND_FILL)
		set_steps(&p, broken == F_NOTES_FIRST ? f_notes_first : f);
	else if (kind == KIND_D)
		set_steps(&p, broken == D_BOUNDARY_FIRST ? d_boundary_first : broken == D_UNLOCKS_FIRST ? d_unlocks_first : d);
	else
		set_steps(&p, broken == U_SNAPSHOT_FIRST ? u_snapshot_first : broken == U_UNLOCKS_FIRST ? u_unlocks_first :
				  broken == U_CUTS_TWICE ? u_cuts_twice : u);
	return p;
}

/* All changes of one row that are possible with this base: from -1: it comes, to -1: it goes. */
static bool
is_change(unsigned base, int from, int to)
{
	return from != to && (from < 0 || (base & (1U << from))) && (to < 0 || !(base & (1U << to)));
}

static void
start(World *world)
{
	for (int i = 0; i < world->nprocesses; i++)
		world->processes[i].mark = 1U << i;
	model_begin();
	explore(world);
}

/* The first D may give up, or both. */
static void
start_all(World *world)
{
	for (int who = 0; who < 4; who++)
	{
		bool		both = world->processes[2].kind == KIND_D;

		if (who > 1 && !both)
			break;
		world->processes[0].gives_up = who & 1;
		world->processes[2].gives_up = both && (who & 2);
		start(world);
	}
}

static void
explore_with(World *world, Kind upkeep, int from, int to)
{
	world->processes[0] = make(KIND_D, from, to);
	world->processes[1] = make(upkeep, -1, -1);
	world->nprocesses = 3;
	world->processes[2] = make(KIND_S, -1, -1);
	start_all(world);
	for (int other = 0; other < PLACES; other++)
	{
		bool		there = world->committed.base & (1U << other);

		if (other == from || other == to)
			continue;
		world->processes[2] = make(KIND_D, there ? other : -1, there ? -1 : other);
		start_all(world);
	}
}

/* Without a mark the window has all that is inside; with one any of it. */
static void
explore_from(unsigned base, int b, int from, int to)
{
	World		world;

	for (unsigned window = 0; window <= inside(PLACES); window++)
		for (unsigned marks = 0; marks <= 8; marks += 8)
			for (Kind upkeep = KIND_CUT; upkeep <= KIND_FILL; upkeep++)
			{
				memset(&world, 0, sizeof(world));
				world.committed.base = base;
				world.committed.window = window;
				world.committed.b = b;
				world.committed.marks = marks;
				/* of a key that is marked rows are neither cut nor appended to */
				if (!is_exact(&world.committed) || (marks != 0 && upkeep < KIND_TRUNCATE))
					continue;
				explore_with(&world, upkeep, from, to);
			}
}

int
main(int argc, char **argv)
{
	while (argc > 1 && strcmp(break_names[broken], argv[1]) != 0)
		if (++broken > F_LEAVES_REST)
			return 2;
	for (unsigned base = 0; base <= inside(PLACES); base++)
		for (int b = 0; b <= PLACES; b++)
			for (int from = -1; from < PLACES; from++)
				for (int to = -1; to < PLACES; to++)
					if (is_change(base, from, to))
						explore_from(base, b, from, to);
	printf("exact in %lld states\n", states);
	return 0;
}
