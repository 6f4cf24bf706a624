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
 *	U	gate exclusive, snapshot, cut to K rows, or extended, or emptied by TRUNCATE and filled; commit, locks let go
 *	S	snapshot, then opens the window (waits for TRUNCATE), reads b, then rows
 *
 * "keyed_model" goes through all contents, changes and interleavings, and fails with the first that breaks (P).  With the name of a
 * break that lock or order of steps is left out, and it must fail: regress/t/models.pl.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PLACES 3
#define KEPT 1					/* K */
#define MOST_STEPS 8

typedef enum Break
{
	NOTHING,
	D_WITHOUT_GATE,				/* D does not lock the gate */
	U_GATE_SHARED,				/* U locks it as D does */
	U_SNAPSHOT_FIRST,			/* U looks, then locks */
	D_BOUNDARY_FIRST,			/* D reads b, then locks */
	D_BOUNDARY_OLD,				/* D reads b as the snapshot of its beginning has it */
	D_UNLOCKS_FIRST,			/* ... before it has committed */
	U_UNLOCKS_FIRST,
	U_CUTS_TWICE,				/* b in one transaction, the rows in the next */
	S_TWO_SNAPSHOTS,			/* b of one, rows of another */
	S_ANY_FILE					/* does not ask whether the window is the file that its snapshot has */
} Break;

static const char *const break_names[] = {"nothing", "d_without_gate", "u_gate_shared", "u_snapshot_first", "d_boundary_first",
	"d_boundary_old", "d_unlocks_first", "u_unlocks_first", "u_cuts_twice", "s_two_snapshots", "s_any_file"};

typedef enum Step
{
	END,
	CHANGE,						/* D: the base */
	LOCK,
	BOUNDARY,					/* D: reads b */
	LOOK,						/* takes a snapshot */
	WORK,						/* what is written at commit */
	REST,						/* U: what u_cuts_twice has left */
	COMMIT,
	UNLOCK,
	OPEN,						/* S */
	READ
} Step;

typedef enum Kind
{
	KIND_D,
	KIND_CUT,
	KIND_EXTEND,
	KIND_TRUNCATE,
	KIND_S
} Kind;

/* What is committed, as far as it matters: a bit for each place. */
typedef struct Content
{
	unsigned	base;
	unsigned	window;
	int			b;
	int			file;			/* of the window, as pg_class has it */
} Content;

typedef struct Process
{
	Kind		kind;
	Step		steps[MOST_STEPS];
	int			next;
	int			from;			/* D: the row that goes, or -1 */
	int			to;				/* ... and comes, or -1 */
	bool		shared;			/* locks that it holds */
	bool		exclusive;
	bool		truncates;
	Content		begin;
	Content		snapshot;
	int			b;
	bool		complete;		/* S: says that there is nothing behind what it gives */

	/* written, not committed */
	unsigned	base_set;
	unsigned	base_clear;
	unsigned	window_set;
	unsigned	window_clear;
	int			new_b;			/* or -1 */
	int			new_file;		/* or -1 */
} Process;

typedef struct World
{
	Content		committed;
	int			file;			/* that everybody opens, whatever his snapshot */
	int			nprocesses;
	Process		processes[3];
} World;

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
	return c->window == (c->base & inside(c->b));
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
	return c;
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

		if (now & row & inside(p->b))
			p->window_set |= row;
		else
			p->window_clear |= row;
	}
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
	else if (p->kind == KIND_TRUNCATE)
	{
		world->file++;
		p->new_file = world->file;
		p->new_b = boundary_of(s->base, KEPT);
		p->window_clear = inside(PLACES);
		p->window_set = s->base & inside(p->new_b);
	}
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
	if (!known)
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
		case COMMIT:
			world->committed = with_own(p, world->committed);
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
	states++;
	for (int i = 0; i < world->nprocesses; i++)
	{
		World		next = *world;

		if (next.processes[i].steps[next.processes[i].next] == END)
			continue;
		if (take(&next, &next.processes[i]))
			explore(&next);
	}
}

static void
set_steps(Process *p, const Step *steps)
{
	memcpy(p->steps, steps, sizeof(p->steps));
	p->new_b = p->new_file = -1;
}

static Process
make(Kind kind, int from, int to)
{
	static const Step d[MOST_STEPS] = {CHANGE, LOCK, BOUNDARY, WORK, COMMIT, UNLOCK};
	static const Step d_boundary_first[MOST_STEPS] = {CHANGE, BOUNDARY, LOCK, WORK, COMMIT, UNLOCK};
	static const Step d_unlocks_first[MOST_STEPS] = {CHANGE, LOCK, BOUNDARY, WORK, UNLOCK, COMMIT};
	static const Step u[MOST_STEPS] = {LOCK, LOOK, WORK, COMMIT, UNLOCK};
	static const Step u_snapshot_first[MOST_STEPS] = {LOOK, LOCK, WORK, COMMIT, UNLOCK};
	static const Step u_unlocks_first[MOST_STEPS] = {LOCK, LOOK, WORK, UNLOCK, COMMIT};
	static const Step u_cuts_twice[MOST_STEPS] = {LOCK, LOOK, WORK, COMMIT, REST, COMMIT, UNLOCK};
	static const Step s[MOST_STEPS] = {LOOK, OPEN, READ};
	Process		p = {.kind = kind, .from = from, .to = to};

	if (kind == KIND_S)
		set_steps(&p, s);
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
explore_with(World world, Kind upkeep, int from, int to)
{
	world.processes[0] = make(KIND_D, from, to);
	world.processes[1] = make(upkeep, -1, -1);
	world.nprocesses = 3;
	world.processes[2] = make(KIND_S, -1, -1);
	explore(&world);
	for (int other = 0; other < PLACES; other++)
	{
		bool		there = world.committed.base & (1U << other);

		if (other == from || other == to)
			continue;
		world.processes[2] = make(KIND_D, there ? other : -1, there ? -1 : other);
		explore(&world);
	}
}

int
main(int argc, char **argv)
{
	while (argc > 1 && strcmp(break_names[broken], argv[1]) != 0)
		if (++broken > S_ANY_FILE)
			return 2;
	for (unsigned base = 0; base <= inside(PLACES); base++)
		for (int b = 0; b <= PLACES; b++)
			for (int from = -1; from < PLACES; from++)
				for (int to = -1; to < PLACES; to++)
				{
					World		world = {.committed = {.base = base, .window = base & inside(b), .b = b}};

					if (!is_change(base, from, to))
						continue;
					for (Kind upkeep = KIND_CUT; upkeep <= KIND_TRUNCATE; upkeep++)
						explore_with(world, upkeep, from, to);
				}
	printf("exact in %lld states\n", states);
	return 0;
}
