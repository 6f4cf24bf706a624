/*
 * compat.h
 *	  Every difference between the PostgreSQL majors that this module runs on.
 *
 * No other file tests PG_VERSION_NUM.  Include it after postgres.h.
 */
#ifndef BINGO_COMPAT_H
#define BINGO_COMPAT_H

#if PG_VERSION_NUM < 150000
#error "bingo_tune needs PostgreSQL 15 or later"
#endif

#endif							/* BINGO_COMPAT_H */
