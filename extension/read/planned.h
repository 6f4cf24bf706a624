/*
 * read/planned.h
 *	  Which statement is being planned, and is it a cursor's?
 */
#ifndef BINGO_PLANNED_H
#define BINGO_PLANNED_H

/* Installs the hook; "wants" is asked at the beginning of each planning that nobody follows, if he wants to know. */
extern void bingo_planned_init(bool (*wants) (void));

/* The text of the innermost planning; NULL, unless it is followed. */
extern const char *bingo_planned_text(void);

/* Plannings that begin from now on are followed, until it is left as often. */
extern void bingo_planned_follow(void);
extern void bingo_planned_leave(void);

/* Is that text planned, and nothing inside of it?  NULL: no.  It is known by its place, so it must be the one that the planner is given. */
extern bool bingo_planned_is(const char *text);

/* Is the innermost one declared as a cursor, or opened as one by PL/pgSQL? */
extern bool bingo_planned_is_cursor(void);

#endif							/* BINGO_PLANNED_H */
