/*
 * regress/keyed_model.h
 *	  What regress/keyed_model.c goes through: processes, their steps, what is committed; and the breaks.
 */
#ifndef BINGO_KEYED_MODEL_H
#define BINGO_KEYED_MODEL_H

#include <stdbool.h>

#define PLACES 3
#define KEPT 1					/* K */

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
	S_ANY_FILE,					/* does not ask whether the window is the file that its snapshot has */
	D_WITHOUT_MARK,				/* gives up and says nothing */
	D_LEAVES_ROWS,				/* gives up, and what goes stays in the window */
	D_SKIPS_BY_MARK,			/* puts in nothing while somebody else's mark stands */
	S_IGNORES_MARKS,
	F_KEEPS_BOUNDARY,			/* b stays where it was while rows are noted */
	F_NOTES_FIRST,				/* under a snapshot of before */
	F_WITHOUT_LOOKING,			/* puts the rows in as they were noted */
	F_OVERLOOKS_MARKS,			/* ... that came meanwhile, and takes them away */
	F_LEAVES_REST				/* rows behind b stay */
} Break;

typedef enum Step
{
	END,
	CHANGE,						/* D: the base */
	LOCK,
	BOUNDARY,					/* D: reads b */
	LOOK,						/* takes a snapshot */
	WORK,						/* what is written at commit */
	REST,						/* U: what u_cuts_twice has left */
	OPEN_KEY,					/* F: b is all places, marked */
	NOTE,						/* ... the first rows */
	CLOSE_KEY,					/* ... looked at and put in */
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
	KIND_REPAIR,
	KIND_FILL,
	KIND_S
} Kind;

/* What is committed, as far as it matters: a bit for each place. */
typedef struct Content
{
	unsigned	base;
	unsigned	window;
	int			b;
	int			file;			/* of the window, as pg_class has it */
	unsigned	marks;			/* a bit for each process that has left one */
} Content;

typedef struct Process
{
	Kind		kind;
	const Step *steps;
	int			next;
	int			from;			/* D: the row that goes, or -1 */
	int			to;				/* ... and comes, or -1 */
	bool		shared;			/* locks that it holds */
	bool		exclusive;
	bool		truncates;
	bool		gives_up;		/* D */
	unsigned	mark;			/* its bit */
	unsigned	noted;			/* F: rows */
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
	unsigned	marks_set;
	unsigned	marks_clear;
} Process;

typedef struct World
{
	Content		committed;
	int			file;			/* that everybody opens, whatever his snapshot */
	int			nprocesses;
	Process		processes[3];
} World;

#endif							/* BINGO_KEYED_MODEL_H */
