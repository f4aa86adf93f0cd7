/*
 * centres.h
 *		Which of many centres is nearest to a vector.
 */
#ifndef INTSEARCH_CENTRES_H
#define INTSEARCH_CENTRES_H

#include "core/host.h"

/* Centres, laid out for many to be compared at once.  Zero it first. */
typedef struct CentreTable
{
	int lists;
	int dims;
	float *columns;      /* [dims][lists] */
	float *half_squares; /* [lists]: half the squared norm of each */
	float *nearness;     /* [lists]: scratch space */
	Scratch space;
} CentreTable;

/* Half the squared norm of a centre. */
extern float half_square(const float *centre, int dims);

/* Fills the table with centres, [lists][dims], dims a multiple of 8. */
extern void centre_table_fill(CentreTable *table, const Host *host,
							  const float *centres, int lists, int dims);

/*
 * The list whose centre is nearest to a vector, [dims]; the first of several.
 */
extern int centre_table_nearest(CentreTable *table, const float *vector);

#endif
