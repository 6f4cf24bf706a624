/*
 * upkeep/forecast.h
 *	  How large will an ordering be of which the first rows of each key are kept?
 */
#ifndef BINGO_UPKEEP_FORECAST_H
#define BINGO_UPKEEP_FORECAST_H

#include "store/ordering.h"

typedef struct BingoForecast
{
	int64		keys;
	int64		rows;			/* once it is filled: window_rows of each key, or as many as it has */
	int64		bytes;			/* of window, boundary and indexes */
	int64		most_rows;		/* the same with twice as many, after which a key is cut */
	int64		most_bytes;
} BingoForecast;

/* Reads the tables as they are, in the way in which the fill will; as the caller, who may do so. */
extern void bingo_forecast(const char *name, const BingoDefinition *definition, int64 window_rows, BingoForecast *forecast);

/* A NOTICE that says so, if anybody is there to read it. */
extern void bingo_forecast_tell(const char *name, const BingoDefinition *definition, int64 window_rows);

#endif							/* BINGO_UPKEEP_FORECAST_H */
