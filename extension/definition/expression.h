/*
 * definition/expression.h
 *	  Expressions that an ordering sorts by.
 */
#ifndef BINGO_DEFINITION_EXPRESSION_H
#define BINGO_DEFINITION_EXPRESSION_H

#include "definition/definition.h"

#define BINGO_MAX_READ 16		/* columns that the expressions of an ordering read */

/*
 * The expression, with columns of relation varno alone, as the planner will have it and with
 * these as columns of relation 1; *written: as it is, and of relation 1, too.  NULL, with what it
 * has that can't be kept, and perhaps a hint.
 */
extern Node *bingo_expression_prepare(Node *expression, Index varno, Node **written, char **obstacle, char **hint);

/* Has it the same value always, whoever computes it?  False, with what it has that can't be kept, and perhaps a hint. */
extern bool bingo_expression_is_steady(Node *expression, char **obstacle, char **hint);

/* Are the types, collations, operators and functions of filter and expressions there? */
extern bool bingo_expression_is_intact(const BingoDefinition *definition);

/* A copy that does not say which outer joins may make its columns NULL. */
extern Node *bingo_expression_below_joins(const Node *expression);

/* The numbers of the columns that it reads. */
extern List *bingo_expression_columns(const Node *expression);

/* That of a column which is one, with its columns of relation varno. */
extern Node *bingo_expression_of(const BingoDefinition *definition, const BingoColumn *column, Index varno);

/* The same as text, with its columns qualified by a name. */
extern char *bingo_expression_format(const BingoDefinition *definition, const BingoColumn *column, const char *name);

/* May evaluating it, or one of a list, raise an error, whatever the values are? */
extern bool bingo_expression_may_fail(Node *node);

/* Does a function or operator compare strings of two collations, which leave none to go by?  That fails when it is called. */
extern bool bingo_expression_lacks_collation(const Node *node);

/* May it of values of hundreds of megabytes, which no plan need reckon with? */
extern bool bingo_expression_may_exceed(Node *node);

/* Might evaluating it run code of a user? */
extern bool bingo_expression_runs_foreign_code(Node *node);

/* Adds the collations that its functions and comparisons go by. */
extern List *bingo_expression_list_collations(Node *node, List *collations);

#endif							/* BINGO_DEFINITION_EXPRESSION_H */
