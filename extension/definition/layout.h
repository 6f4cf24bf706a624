/*
 * definition/layout.h
 *	  A definition as stored facts: written once, when the ordering is built, read
 *	  ever after, and compared with what the catalogs say now.
 */
#ifndef BINGO_ORDERING_LAYOUT_H
#define BINGO_ORDERING_LAYOUT_H

#include "definition/definition.h"

/* As text; the memory is the current context's. */
extern char *bingo_layout_write(const BingoDefinition *definition);

/* A counter's filter, as text; NULL if it has none. */
extern char *bingo_layout_write_filter(const BingoDefinition *definition);

/*
 * NULL if the text is not one that bingo_layout_write() of this version has written.  The
 * filter is what bingo_layout_write_filter() of the same definition has, or NULL.
 */
extern BingoDefinition *bingo_layout_read(const char *text, const char *filter);

/*
 * Finds the indexes that the definition needs, whatever their OIDs are now, and checks
 * that tables and columns are what they were.  The reason why not, or NULL.  Reads
 * catalogs only; takes and waits for no lock.
 */
extern char *bingo_layout_resolve(BingoDefinition *definition);

#endif							/* BINGO_ORDERING_LAYOUT_H */
