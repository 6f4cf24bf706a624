/*
 * load/names.h
 *	  The words that names, surnames and titles are made of (UTF-8).
 *
 * Adding, removing or moving a word changes the data of every seed: raise
 * BINGO_GENERATE_FORMAT (load/generate.h) with it.
 */
#ifndef BINGO_LOAD_NAMES_H
#define BINGO_LOAD_NAMES_H

/* A name as it is written and, for the e-mail address, in ASCII. */
typedef struct BingoName
{
	const char *written;
	const char *ascii;
} BingoName;

/* A surname has two forms: "Иванов" and "Иванова" (the same one where it does not change). */
typedef struct BingoSurname
{
	const char *male;
	const char *female;
	const char *ascii;
} BingoSurname;

/* The two halves of a title; any head goes with any tail of the same set. */
typedef struct BingoTitleSet
{
	const char *const *heads;
	unsigned	n_heads;
	const char *const *tails;
	unsigned	n_tails;
} BingoTitleSet;

typedef struct BingoNameSet
{
	const BingoName *male;
	unsigned	n_male;
	const BingoName *female;
	unsigned	n_female;
	const BingoSurname *surnames;
	unsigned	n_surnames;
} BingoNameSet;

enum
{
	BINGO_RUSSIAN,
	BINGO_ENGLISH,
	BINGO_OTHER,
	BINGO_LANGUAGES
};

extern const BingoNameSet bingo_names[BINGO_LANGUAGES];
extern const BingoTitleSet bingo_titles[BINGO_LANGUAGES];

/* What may follow a title. */
extern const char *const bingo_title_sequels[];
extern const unsigned bingo_title_n_sequels;

/* Mail domains, all reserved by RFC 2606 so that no mail can ever arrive. */
extern const char *const bingo_mail_domains[];
extern const unsigned bingo_n_mail_domains;

#endif							/* BINGO_LOAD_NAMES_H */
