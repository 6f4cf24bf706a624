/*
 * output/put.h
 *	  Writes single values as bytes of a message.
 *
 * Each function writes at a place that has room for it (FIXED_SPACE bytes, but
 * for put_hex) and returns the first byte behind what it wrote.  Those that
 * may meet a value whose text depends on more than is known here return NULL
 * instead: the caller then asks the type's output function.
 *
 * Inline, because a large answer calls them a million times.
 */
#ifndef BINGO_OUTPUT_PUT_H
#define BINGO_OUTPUT_PUT_H

#include "datatype/timestamp.h"
#include "miscadmin.h"
#include "port/pg_bswap.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

/*
 * No encoder of a type with a fixed length writes more than this many bytes,
 * length word included.  The longest is timestamptz in text (MAXDATELEN).
 */
#define FIXED_SPACE (4 + MAXDATELEN + 1)

/* Days from 2000-01-01 to 0001-01-01 and to 9999-12-31: what "YYYY-MM-DD" can say. */
#define FIRST_PLAIN_DAY (-730119)
#define LAST_PLAIN_DAY 2921939

/* --- in network byte order --- */

static inline char *
put_network16(char *at, uint16 value)
{
	uint16		network = pg_hton16(value);

	memcpy(at, &network, sizeof(network));
	return at + sizeof(network);
}

static inline char *
put_network32(char *at, uint32 value)
{
	uint32		network = pg_hton32(value);

	memcpy(at, &network, sizeof(network));
	return at + sizeof(network);
}

static inline char *
put_network64(char *at, uint64 value)
{
	uint64		network = pg_hton64(value);

	memcpy(at, &network, sizeof(network));
	return at + sizeof(network);
}

/* --- text --- */

static inline char *
put_two_digits(char *at, unsigned value)
{
	static const char pairs[] =
		"00010203040506070809101112131415161718192021222324"
		"25262728293031323334353637383940414243444546474849"
		"50515253545556575859606162636465666768697071727374"
		"75767778798081828384858687888990919293949596979899";

	Assert(value < 100);
	memcpy(at, &pairs[2 * value], 2);
	return at + 2;
}

/* The decimal digits of a number below 10,000, without leading zeros. */
static inline char *
put_short_number(char *at, unsigned value)
{
	Assert(value < 10000);
	if (value >= 1000)
	{
		at = put_two_digits(at, value / 100);
		return put_two_digits(at, value % 100);
	}
	if (value >= 100)
	{
		*at++ = '0' + value / 100;
		return put_two_digits(at, value % 100);
	}
	if (value >= 10)
		return put_two_digits(at, value);
	*at = '0' + value;
	return at + 1;
}

/* The decimal digits of a number below 100,000,000, without leading zeros. */
static inline char *
put_number(char *at, unsigned value)
{
	unsigned	low = value % 10000;

	Assert(value < 100000000);
	if (value < 10000)
		return put_short_number(at, value);
	at = put_short_number(at, value / 10000);
	at = put_two_digits(at, low / 100);
	return put_two_digits(at, low % 100);
}

/* An integer, as pg_lltoa() writes it; the common ones are short. */
static inline char *
put_integer(char *at, int64 value)
{
	if (likely(value >= 0 && value < 100000000))
		return put_number(at, (unsigned) value);
	return at + pg_lltoa(value, at);
}

/*
 * "YYYY-MM-DD" for a day in [FIRST_PLAIN_DAY, LAST_PLAIN_DAY], counted from
 * 2000-01-01.  The algorithm is civil_from_days of Howard Hinnant,
 * "chrono-Compatible Low-Level Date Algorithms": years that begin in March, in
 * eras of 400 years (146,097 days).
 */
static inline char *
put_plain_day(char *at, int32 day)
{
	unsigned	shifted = (unsigned) (day + 730425);	/* days since 0000-03-01 */
	unsigned	era = shifted / 146097;
	unsigned	day_of_era = shifted - era * 146097;
	unsigned	year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524
							   - day_of_era / 146096) / 365;
	unsigned	day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	unsigned	month_from_march = (5 * day_of_year + 2) / 153;
	unsigned	day_of_month = day_of_year - (153 * month_from_march + 2) / 5 + 1;
	unsigned	month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
	unsigned	year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);

	at = put_two_digits(at, year / 100);
	at = put_two_digits(at, year % 100);
	*at++ = '-';
	at = put_two_digits(at, month);
	*at++ = '-';
	return put_two_digits(at, day_of_month);
}

/* "HH:MM:SS[.ffffff]" without trailing zeros, as EncodeDateTime() writes it. */
static inline char *
put_time_of_day(char *at, int64 microseconds)
{
	unsigned	second = (unsigned) (microseconds / USECS_PER_SEC);
	unsigned	fraction = (unsigned) (microseconds % USECS_PER_SEC);

	at = put_two_digits(at, second / SECS_PER_HOUR);
	*at++ = ':';
	at = put_two_digits(at, second / SECS_PER_MINUTE % MINS_PER_HOUR);
	*at++ = ':';
	at = put_two_digits(at, second % SECS_PER_MINUTE);
	if (fraction != 0)
	{
		*at++ = '.';
		at = put_two_digits(at, fraction / 10000);
		at = put_two_digits(at, fraction / 100 % 100);
		at = put_two_digits(at, fraction % 100);
		while (at[-1] == '0')
			at--;
	}
	return at;
}

static inline char *
put_hex(char *at, const uint8 *bytes, size_t length)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < length; i++)
	{
		*at++ = digits[bytes[i] >> 4];
		*at++ = digits[bytes[i] & 0x0f];
	}
	return at;
}

static inline char *
put_uuid(char *at, const pg_uuid_t *uuid)
{
	at = put_hex(at, uuid->data, 4);
	*at++ = '-';
	at = put_hex(at, uuid->data + 4, 2);
	*at++ = '-';
	at = put_hex(at, uuid->data + 6, 2);
	*at++ = '-';
	at = put_hex(at, uuid->data + 8, 2);
	*at++ = '-';
	return put_hex(at, uuid->data + 10, 6);
}

/* NULL if it has to be said in another way than "YYYY-MM-DD". */
static inline char *
put_date(char *at, DateADT day)
{
	/* infinity is out of this range as well */
	if (DateStyle != USE_ISO_DATES || day < FIRST_PLAIN_DAY || day > LAST_PLAIN_DAY)
		return NULL;
	return put_plain_day(at, day);
}

/* NULL if it has to be said in another way than "YYYY-MM-DD HH:MM:SS[.ffffff]". */
static inline char *
put_timestamp(char *at, Timestamp timestamp)
{
	int64		day = timestamp / USECS_PER_DAY;
	int64		time = timestamp % USECS_PER_DAY;

	if (time < 0)
	{
		time += USECS_PER_DAY;
		day--;
	}
	/* infinity is out of this range as well */
	if (DateStyle != USE_ISO_DATES || day < FIRST_PLAIN_DAY || day > LAST_PLAIN_DAY)
		return NULL;
	at = put_plain_day(at, (int32) day);
	*at++ = ' ';
	return put_time_of_day(at, time);
}

static inline char *
put_timestamptz(char *at, TimestampTz timestamp)
{
	struct pg_tm tm;
	fsec_t		fraction;
	int			zone;
	const char *zone_name;

	if (TIMESTAMP_NOT_FINITE(timestamp) ||
		timestamp2tm(timestamp, &zone, &tm, &fraction, &zone_name, NULL) != 0)
		return NULL;
	/* core's own formatting: the zone rules are not worth a copy */
	EncodeDateTime(&tm, fraction, true, zone, zone_name, DateStyle, at);
	return at + strlen(at);
}

#endif							/* BINGO_OUTPUT_PUT_H */
