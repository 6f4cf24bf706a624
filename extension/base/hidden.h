/*
 * base/hidden.h
 *	  Which relations the planner of this session does not see: bingo_tune.hidden_relations.
 */
#ifndef BINGO_HIDDEN_H
#define BINGO_HIDDEN_H

#include "utils/guc.h"

extern void bingo_hidden_init(void);

/* Is anything hidden, and is this relation? */
extern bool bingo_hidden_any(void);
extern bool bingo_hidden_is(Oid relid);

/* Of the setting. */
extern char *bingo_hidden_text;
extern bool bingo_hidden_check(char **text, void **extra, GucSource source);
extern void bingo_hidden_assign(const char *text, void *extra);

#endif							/* BINGO_HIDDEN_H */
