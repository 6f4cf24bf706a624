/*
 * base/position.c
 *	  Where an error stands in a text that an argument holds.
 */
#include "postgres.h"

#include "base/position.h"

void
bingo_position_in(void *text)
{
	int			position = geterrposition();

	if (position > 0)
	{
		errposition(0);
		internalerrposition(position);
		internalerrquery(text);
	}
}
