/*
 * base/writable.h
 *	  Refusing to write where that can't work.
 */
#ifndef BINGO_WRITABLE_H
#define BINGO_WRITABLE_H

/* Raises an error (25006) on a standby and in a read-only transaction; "function" is for the message. */
extern void bingo_require_writable(const char *function);

#endif							/* BINGO_WRITABLE_H */
