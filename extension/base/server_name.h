/*
 * base/server_name.h
 *	  The names of the foreign servers that definitions are kept in, and of their wrappers.
 */
#ifndef BINGO_SERVER_NAME_H
#define BINGO_SERVER_NAME_H

extern const char *const bingo_server_wrappers[3];

/* The wrapper of definitions of that type. */
extern const char *bingo_server_wrapper_name(const char *type);

/* The server's name for a type and key: two keys never have the same. */
extern char *bingo_server_name(const char *type, const char *key);

#endif							/* BINGO_SERVER_NAME_H */
