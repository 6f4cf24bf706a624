/*
 * load/generate.c
 *	  Rows as a function of their number: see load/generate.h.
 *
 * Every field draws its own number (load/random.h) and turns it into a value
 * with integer arithmetic, so that no field's value says anything about another's.
 */
#include "load/generate.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>

#include "load/names.h"
#include "load/random.h"

static const uint64_t full_rows[BINGO_TABLES] = {
	[BINGO_SESSIONS] = 5000000,
	[BINGO_CUSTOMERS] = 500000,
	[BINGO_MOVIES] = 29019,
};

#define DAY_2020_01_01 7305		/* days since 2000-01-01 */
#define SESSION_DAYS 1277		/* up to 2023-06-30 */
#define HOUR_MICROSECONDS INT64_C(3600000000)
#define DAY_MICROSECONDS (24 * HOUR_MICROSECONDS)

#define DAY_1936_01_01 (-23376)
#define BIRTHDAY_DAYS 25568		/* up to 2005-12-31 */

#define NEWEST_YEAR 2019
#define MOVIE_YEARS 114

/* The hour of a session: 64 equal chances, most of them in the evening. */
static const uint8_t hour_of_chance[64] = {
	0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 10, 10, 11, 11,
	12, 12, 12, 13, 13, 13, 14, 14, 14, 15, 15, 15, 16, 16, 16, 17,
	17, 17, 17, 18, 18, 18, 18, 18, 19, 19, 19, 19, 19, 19, 20, 20,
	20, 20, 20, 20, 21, 21, 21, 21, 21, 21, 22, 22, 22, 22, 23, 23,
};

void
bingo_generate_init(BingoGenerator *generator, uint64_t seed, double scale, double skew)
{
	for (BingoTable table = 0; table < BINGO_TABLES; table++)
	{
		uint64_t	rows = (uint64_t) floor(scale * (double) full_rows[table] + 0.5);

		generator->rows[table] = rows > 0 ? rows : 1;
		generator->stream[table] = bingo_random_stream(seed, table);
	}
	assert(generator->rows[BINGO_CUSTOMERS] <= INT32_MAX && generator->rows[BINGO_MOVIES] <= INT32_MAX);
	bingo_skew_init(&generator->skew, skew);
	/* Row 0 does not exist: its numbers are free for the table as a whole. */
	bingo_scatter_init(&generator->customer_scatter, generator->rows[BINGO_CUSTOMERS],
					   bingo_random_bits(generator->stream[BINGO_CUSTOMERS], 0, 0));
	bingo_scatter_init(&generator->movie_scatter, generator->rows[BINGO_MOVIES],
					   bingo_random_bits(generator->stream[BINGO_MOVIES], 0, 0));
}

void
bingo_generate_session(const BingoGenerator *generator, uint64_t row, BingoSession *session)
{
	uint64_t	stream = generator->stream[BINGO_SESSIONS];
	uint64_t	day = DAY_2020_01_01 + bingo_random_below(bingo_random_bits(stream, row, 0), SESSION_DAYS);
	uint64_t	moment = bingo_random_bits(stream, row, 1);
	uint64_t	hour = hour_of_chance[moment >> 58];

	session->id = row;
	session->start_time = day * DAY_MICROSECONDS + hour * HOUR_MICROSECONDS
		+ bingo_random_below(moment << 6, HOUR_MICROSECONDS);
	session->customer_id = bingo_skew_pick(&generator->skew, &generator->customer_scatter,
										   bingo_random_bits(stream, row, 2));
	session->movie_id = bingo_skew_pick(&generator->skew, &generator->movie_scatter,
										bingo_random_bits(stream, row, 3));
}

/* Three of four in Russian, one of 16 neither Russian nor English. */
static int
pick_language(uint64_t bits)
{
	unsigned	chance = bits >> 60;

	return chance < 12 ? BINGO_RUSSIAN : chance < 15 ? BINGO_ENGLISH : BINGO_OTHER;
}

void
bingo_generate_customer(const BingoGenerator *generator, uint64_t row, BingoCustomer *customer)
{
	uint64_t	stream = generator->stream[BINGO_CUSTOMERS];
	uint64_t	origin = bingo_random_bits(stream, row, 0);
	const BingoNameSet *names = &bingo_names[pick_language(origin)];
	bool		female = origin & 1;
	const BingoName *name = female
		? &names->female[bingo_random_below(bingo_random_bits(stream, row, 1), names->n_female)]
		: &names->male[bingo_random_below(bingo_random_bits(stream, row, 1), names->n_male)];
	const BingoSurname *surname =
		&names->surnames[bingo_random_below(bingo_random_bits(stream, row, 2), names->n_surnames)];
	uint64_t	domain = bingo_random_below(bingo_random_bits(stream, row, 3), bingo_n_mail_domains);
	int			length;

	customer->id = row;
	customer->name = name->written;
	customer->surname = female ? surname->female : surname->male;
	/* The mean of two draws: most people are of middle age. */
	customer->birthday = DAY_1936_01_01
		+ (int32_t) ((bingo_random_below(bingo_random_bits(stream, row, 4), BIRTHDAY_DAYS)
					  + bingo_random_below(bingo_random_bits(stream, row, 5), BIRTHDAY_DAYS)) / 2);
	length = snprintf(customer->email, sizeof(customer->email), "%s%" PRIu64 "@%s",
					  origin & 2 ? name->ascii : surname->ascii, row, bingo_mail_domains[domain]);
	assert(length > 0 && (size_t) length < sizeof(customer->email));
	(void) length;
}

void
bingo_generate_movie(const BingoGenerator *generator, uint64_t row, BingoMovie *movie)
{
	uint64_t	stream = generator->stream[BINGO_MOVIES];
	bool		remake = row > 1 && bingo_random_bits(stream, row, 0) >> 58 == 0;
	uint64_t	titled = remake ? row - 1 : row;
	uint64_t	style = bingo_random_bits(stream, titled, 1);
	const BingoTitleSet *words = &bingo_titles[pick_language(style << 8)];
	const char *head = words->heads[bingo_random_below(bingo_random_bits(stream, titled, 2), words->n_heads)];
	const char *tail = words->tails[bingo_random_below(bingo_random_bits(stream, titled, 3), words->n_tails)];
	uint64_t	sequel = bingo_random_below(bingo_random_bits(stream, titled, 4), bingo_title_n_sequels);
	uint64_t	age = bingo_random_below(bingo_random_bits(stream, titled, 5), MOVIE_YEARS);
	uint64_t	other_age = bingo_random_below(bingo_random_bits(stream, titled, 6), MOVIE_YEARS);
	int			length;

	movie->id = row;
	/* One in eight is a sequel. */
	length = snprintf(movie->name, sizeof(movie->name), "%s %s%s", head, tail,
					  style >> 61 == 0 ? bingo_title_sequels[sequel] : "");
	assert(length > 0 && (size_t) length < sizeof(movie->name));
	(void) length;
	/* The smaller of two ages: the number of movies falls linearly with age. */
	movie->year = NEWEST_YEAR - (int32_t) (age < other_age ? age : other_age);
	movie->duration = 40;
	for (unsigned field = 7; field < 10; field++)
		movie->duration += bingo_random_below(bingo_random_bits(stream, row, field), 54);
}
