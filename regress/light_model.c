/*
 * regress/light_model.c
 *	  Every interleaving of those who change one driving row and the rows of dimensions that it joins with.
 *
 * The driving row s joins a leading row, L0 or L1, which says whether s is inside, and two rows that it only shows, A and B.  The
 * window has s, with what A and B say, or has it not.  The invariant is (P) at the head of extension/write/maintain.c: what is committed in
 * the window is what is committed in the tables.
 *
 *	D	lets s join the other leading row, or inserts s, or deletes it; at commit: gate ROW SHARE, leading keys of its images
 *		shared, snapshot; if all are outside that is all, else A and B shared, snapshot, s again
 *	M	changes L0, L1, A or B, or two of them, and perhaps s, as D does; at commit light (write/light.c): gate ROW EXCLUSIVE, own keys
 *		exclusive, snapshot, what s and the own images of s join with shared, once more until all was locked before the snapshot;
 *		s again.  If a lock is not to be had at once, or
 *		it is none for that: heavy, with nothing of all this held: gate SHARE ROW EXCLUSIVE, own keys exclusive, snapshot, s again
 *
 * Whether a row of a dimension is there is no question of its own: a key is locked, whether it has a row or not, and a leading
 * row that is not there is one that is outside; one that is joined by LEFT JOIN and is not there says something else than one that is.
 * So a change is an INSERT or DELETE of it as well, and one of two rows an UPDATE of the key.
 *
 * "light_model" goes through all contents, changes and interleavings of three of them, and fails with the first that breaks (P).  With
 * the name of a break that lock or step is left out, and it must fail: regress/t/models.pl.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS	4				/* of dimensions: two leading ones, then those that are shown */
#define LEADING 2
#define MOST_PROCESSES 3

typedef enum Break
{
	NOTHING,
	M_WITHOUT_OWN,				/* M does not lock what it has changed */
	LIGHT_WITHOUT_OTHERS,		/* light M: what s joins with besides */
	LIGHT_WITHOUT_IMAGES,		/* light M: what its own images of s join with */
	LIGHT_WITHOUT_OLD,			/* ... the old one */
	HEAVY_BESIDE_LIGHT,			/* the gate of a heavy M excludes only other heavy ones */
	M_SNAPSHOT_FIRST,			/* M looks, then locks */
	D_WITHOUT_LEADING,			/* D takes images for outside that it has not locked */
	D_WITHOUT_OTHERS,
	D_SNAPSHOT_FIRST,
	M_UNLOCKS_FIRST				/* ... before it has committed */
} Break;

static const char *const break_names[] = {"nothing", "m_without_own", "light_without_others", "light_without_images", "light_without_old",
	"heavy_beside_light", "m_snapshot_first",
	"d_without_leading", "d_without_others", "d_snapshot_first", "m_unlocks_first"};

#define LAST_BREAK M_UNLOCKS_FIRST

typedef enum Step
{
	CHANGE,
	GATE,
	LOCK_OWN,
	LOOK,
	LOCK_USED,					/* light M: perhaps again after another LOOK; D: leading keys */
	DECIDE,						/* D: outside, whatever else? */
	LOCK_REST,					/* D */
	LOOK_AGAIN,
	WORK,
	COMMIT,
	UNLOCK,
	END
} Step;

typedef enum Gate
{
	OPEN,
	ROW_SHARE,
	ROW_EXCLUSIVE,
	SHARE_ROW_EXCLUSIVE
} Gate;

typedef struct Content
{
	bool		row[ROWS];		/* a leading one: is it inside?  another: what it says */
	bool		there;			/* is s? */
	int			leading;		/* that s joins with */
	int			window;			/* 0: s is not in it; else 4 and what A and B say */
} Content;

typedef enum Driving
{
	NONE,
	MOVES,
	COMES_OR_GOES
} Driving;

typedef struct Process
{
	Driving		driving;		/* what it does with s */
	unsigned	changes;		/* M: a bit for each row */
	bool		light;
	Step		step;
	Gate		gate;
	unsigned	shared;			/* keys */
	unsigned	exclusive;
	bool		grown;			/* keys were locked since the snapshot */
	Content		snapshot;		/* own changes included */
	bool		writes;
	int			window;
} Process;

typedef struct World
{
	Content		committed;
	int			nprocesses;
	Process		processes[MOST_PROCESSES];
} World;

static Break broken = NOTHING;
static long long states = 0;
static long long light_commits = 0;

static int
join(const Content *c)
{
	return c->there && c->row[c->leading] ? 4 + c->row[LEADING] * 2 + c->row[LEADING + 1] : 0;
}

static Content
with_own(const Process *p, Content c)
{
	for (int i = 0; i < ROWS; i++)
		if (p->changes & (1U << i))
			c.row[i] = !c.row[i];
	if (p->driving == MOVES)
		c.leading = !c.leading;
	if (p->driving == COMES_OR_GOES)
		c.there = !c.there;
	if (p->writes)
		c.window = p->window;
	return c;
}

static bool
gates_conflict(Gate a, Gate b)
{
	Gate		high = a > b ? a : b;
	Gate		low = a > b ? b : a;

	if (high != SHARE_ROW_EXCLUSIVE)
		return false;
	return low == SHARE_ROW_EXCLUSIVE || (low == ROW_EXCLUSIVE && broken != HEAVY_BESIDE_LIGHT);
}

static bool
lock_gate(const World *world, Process *p)
{
	Gate		gate = p->changes == 0 ? ROW_SHARE : p->light ? ROW_EXCLUSIVE : SHARE_ROW_EXCLUSIVE;

	for (int i = 0; i < world->nprocesses; i++)
		if (&world->processes[i] != p && gates_conflict(gate, world->processes[i].gate))
			return false;
	p->gate = gate;
	return true;
}

static bool
lock_keys(const World *world, Process *p, unsigned shared, unsigned exclusive)
{
	for (int i = 0; i < world->nprocesses; i++)
	{
		const Process *other = &world->processes[i];

		if (other != p && ((other->exclusive & (shared | exclusive)) || (other->shared & exclusive)))
			return false;
	}
	p->grown |= (shared & ~(p->shared | p->exclusive)) != 0;
	p->shared |= shared;
	p->exclusive |= exclusive;
	return true;
}

static void
unlock(Process *p)
{
	p->gate = OPEN;
	p->shared = p->exclusive = 0;
}

/* Whoever changes a row waits for the end of whoever has changed it. */
static bool
is_row_free(const World *world, const Process *p)
{
	for (int i = 0; i < world->nprocesses; i++)
	{
		const Process *other = &world->processes[i];

		if (other != p && other->step > CHANGE && other->step <= COMMIT &&
			((p->driving && other->driving) || (p->changes & other->changes)))
			return false;
	}
	return true;
}

#define LEADING_ROWS ((1U << LEADING) - 1)
#define SHOWN_ROWS (((1U << ROWS) - 1) & ~LEADING_ROWS)

/* The leading rows of the images of s that p has: the snapshot has what p has made of it. */
static unsigned
image_rows(const Process *p)
{
	unsigned	rows = 1U << p->snapshot.leading;

	return p->driving == NONE ? 0 : p->driving == MOVES && broken != LIGHT_WITHOUT_OLD ? LEADING_ROWS : rows;
}

/* Light M: all that s joins with, if it joins with a changed row; and all that its own images do. */
static bool
lock_used(const World *world, Process *p)
{
	unsigned	used = (1U << p->snapshot.leading) | SHOWN_ROWS;

	if (!p->snapshot.there || (p->changes & used) == 0)
		used = 0;
	if (p->driving != NONE && broken != LIGHT_WITHOUT_IMAGES)
		used |= image_rows(p) | SHOWN_ROWS;
	if (broken == LIGHT_WITHOUT_OTHERS)
		used &= LEADING_ROWS;
	return lock_keys(world, p, used & ~p->exclusive, 0);
}

/* s as the snapshot has it, if p finds it. */
static void
maintain(Process *p)
{
	const Content *s = &p->snapshot;
	unsigned	used = (1U << s->leading) | SHOWN_ROWS;
	bool		leading_changed = (p->changes & LEADING_ROWS) != 0;

	if (p->driving == NONE && (!s->there || (p->changes & used) == 0 || (!leading_changed && !s->row[s->leading])))
		return;
	p->writes = true;
	p->window = join(s);
}

/* D: an image of s. */
static bool
is_perhaps_inside(const Process *p)
{
	for (int i = 0; i < LEADING; i++)
		if ((image_rows(p) & (1U << i)) && p->snapshot.row[i])
			return true;
	return false;
}

static void
fail(const World *world)
{
	const Content *c = &world->committed;

	printf("not exact: leading %d (%d %d), shown %d %d, window %d after %lld states\n", c->leading, c->row[0], c->row[1], c->row[2],
		   c->row[3], c->window, states);
	exit(1);
}

static void
commit(World *world, Process *p)
{
	world->committed = with_own(p, world->committed);
	if (join(&world->committed) != world->committed.window)
		fail(world);
	light_commits += p->light;		/* once for each state in which it happens */
}

/* False: it has to wait.  p->step is the next one afterwards. */
static bool
take(World *world, Process *p)
{
	bool		is_d = p->changes == 0;
	bool		look_first = broken == (is_d ? D_SNAPSHOT_FIRST : M_SNAPSHOT_FIRST);

	switch (p->step)
	{
		case CHANGE:
			if (!is_row_free(world, p))
				return false;
			p->step = GATE;
			break;
		case GATE:
			if (!lock_gate(world, p))
				return false;
			p->snapshot = with_own(p, world->committed);
			p->step = is_d ? LOCK_USED : LOCK_OWN;
			break;
		case LOCK_OWN:
			if (broken != M_WITHOUT_OWN && !lock_keys(world, p, 0, p->changes))
				return false;
			p->step = look_first ? (p->light ? LOCK_USED : WORK) : LOOK;
			break;
		case LOOK:
			p->snapshot = with_own(p, world->committed);
			p->grown = false;
			p->step = is_d ? DECIDE : p->light ? LOCK_USED : WORK;
			break;
		case LOCK_USED:
			if (is_d)
			{
				if (broken != D_WITHOUT_LEADING && !lock_keys(world, p, image_rows(p), 0))
					return false;
				p->step = look_first ? DECIDE : LOOK;
			}
			else if (!lock_used(world, p))
			{
				unlock(p);
				p->light = false;
				p->step = GATE;
			}
			else
				p->step = p->grown && !look_first ? LOOK : WORK;
			break;
		case DECIDE:
			p->step = is_perhaps_inside(p) ? LOCK_REST : COMMIT;
			break;
		case LOCK_REST:
			if (broken != D_WITHOUT_OTHERS && !lock_keys(world, p, SHOWN_ROWS, 0))
				return false;
			p->step = look_first ? WORK : LOOK_AGAIN;
			break;
		case LOOK_AGAIN:
			p->snapshot = with_own(p, world->committed);
			p->step = WORK;
			break;
		case WORK:
			maintain(p);
			if (broken == M_UNLOCKS_FIRST && !is_d)
				unlock(p);
			p->step = COMMIT;
			break;
		case COMMIT:
			commit(world, p);
			p->step = UNLOCK;
			break;
		case UNLOCK:
			unlock(p);
			p->step = END;
			break;
		case END:
			break;
	}
	return true;
}

/* --- every state once --- */

typedef struct State
{
	int			beginning;		/* from which it was seen; they have numbers from 1 on */
	uint64_t	committed;
	uint64_t	processes[MOST_PROCESSES];
} State;

#define PLACES	(1 << 18)

static State seen[PLACES];
static long nseen = 0;
static int	beginning = 0;

static uint64_t
pack_content(const Content *c)
{
	uint64_t	packed = (uint64_t) c->there << 4 | (uint64_t) c->leading << 3 | c->window;

	for (int i = 0; i < ROWS; i++)
		packed = packed << 1 | c->row[i];
	return packed;
}

static uint64_t
pack_process(const Process *p)
{
	uint64_t	packed = pack_content(&p->snapshot);

	packed = packed << 4 | p->step;
	packed = packed << 2 | p->gate;
	packed = packed << ROWS | p->shared;
	packed = packed << ROWS | p->exclusive;
	return packed << 6 | p->light << 5 | p->grown << 4 | p->writes << 3 | p->window;
}

static bool
is_new(const World *world)
{
	State		state = {.beginning = beginning, .committed = pack_content(&world->committed)};
	uint64_t	place = state.committed;

	for (int i = 0; i < world->nprocesses; i++)
	{
		state.processes[i] = pack_process(&world->processes[i]);
		place = (place ^ state.processes[i]) * UINT64_C(0x9E3779B97F4A7C15);
	}
	for (place >>= 40; seen[place % PLACES].beginning == beginning; place++)
		if (seen[place % PLACES].committed == state.committed &&
			memcmp(seen[place % PLACES].processes, state.processes, sizeof(state.processes)) == 0)
			return false;
	if (++nseen == PLACES)
	{
		printf("too many states\n");
		exit(2);
	}
	seen[place % PLACES] = state;
	return true;
}

static void
explore(const World *world)
{
	if (!is_new(world))
		return;
	states++;
	for (int i = 0; i < world->nprocesses; i++)
	{
		World		next = *world;

		if (next.processes[i].step != END && take(&next, &next.processes[i]))
			explore(&next);
	}
}

/* What a process does: rows of dimensions, s, and whether it may be light, which says nothing of one that changes no dimension. */
typedef struct Kind
{
	unsigned	changes;
	Driving		driving;
	bool		light;
} Kind;

static Kind kinds[256];
static int	nkinds = 0;

/* None changes more than two rows of dimensions, or one beside s; A stands for B there. */
static void
list_kinds(void)
{
	for (unsigned changes = 0; changes < 1U << ROWS; changes++)
		for (Driving driving = NONE; driving <= COMES_OR_GOES; driving++)
			for (int light = 0; light < 2; light++)
				if (changes == 0 ? driving != NONE && !light :
					driving == NONE ? __builtin_popcount(changes) <= 2 : __builtin_popcount(changes) == 1 && changes < 1U << (ROWS - 1))
					kinds[nkinds++] = (Kind) {changes, driving, light};
}

static Process
make(const Kind *kind)
{
	return (Process) {.driving = kind->driving, .changes = kind->changes, .light = kind->light};
}

/* Three, in all combinations. */
static void
explore_all(const Content *content)
{
	for (int a = 0; a < nkinds; a++)
		for (int b = a; b < nkinds; b++)
			for (int c = b; c < nkinds; c++)
			{
				World		world = {.committed = *content, .nprocesses = MOST_PROCESSES};

				world.processes[0] = make(&kinds[a]);
				world.processes[1] = make(&kinds[b]);
				world.processes[2] = make(&kinds[c]);
				beginning++;
				nseen = 0;
				explore(&world);
			}
}

int
main(int argc, char **argv)
{
	while (argc > 1 && strcmp(break_names[broken], argv[1]) != 0)
		if (++broken > LAST_BREAK)
			return 2;
	list_kinds();
	/* s joins L0, and A and B say the same: the rest is symmetric */
	for (unsigned rows = 0; rows < 2U << LEADING; rows++)
	{
		Content		content = {.row = {rows & 1, (rows >> 1) & 1}, .there = rows >> LEADING};

		content.window = join(&content);
		explore_all(&content);
	}
	printf("exact in %lld states, %lld commits of light writers\n", states, light_commits);
	return 0;
}
