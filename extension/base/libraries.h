/*
 * base/libraries.h
 *	  Which libraries the server loads at its start, and what to type for ours.
 */
#ifndef BINGO_LIBRARIES_H
#define BINGO_LIBRARIES_H

/* Does a setting's list of libraries have this one, with or without its folder and suffix? */
extern bool bingo_libraries_have(const char *setting, const char *library);

/* Is a library loaded at the start of the server, or of the session, that may look at the states of a plan's nodes? */
extern bool bingo_libraries_have_unknown(void);

/* A hint: the command that loads both libraries, and the restart that it wants. */
extern const char *bingo_libraries_hint(void);

#endif							/* BINGO_LIBRARIES_H */
