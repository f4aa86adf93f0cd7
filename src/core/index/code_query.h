/*
 * code_query.h
 *		Scoring codes of regions for a query vector.
 *
 * The query is projected as the vectors were, and rounded to integers; the
 * sums over a code's dimensions are exact, and so the same with all kernels.
 */
#ifndef INTSEARCH_CODE_QUERY_H
#define INTSEARCH_CODE_QUERY_H

#include "core/index/candidates.h"
#include "core/index/code_model.h"
#include "core/kernels/kernels.h"

/* Zero it; keeps its memory from query to query. */
typedef struct CodeQuery
{
	const CodeModel *model;
	/*
	 * A sum s over a code of a list stands for the score base[list] + factor *
	 * (scale * s + offset).
	 */
	float *base; /* [lists]: q . centre */
	float scale;
	float offset;
	/* [CODE_DIMS]: of trained codes */
	int8_t weights[CODE_DIMS];
	/* [SIGN_PLANES][CODE_BYTES], see dot_bits: of untrained codes */
	uint8_t planes[SIGN_PLANES * CODE_BYTES];
	Candidates order; /* of lists */
	Scratch space;
	Scratch list_space;
} CodeQuery;

/*
 * Prepares a query vector, [channels], for a model, which stays where it is.
 * Scores are cosines where it has length 1.
 */
extern void code_query_prepare(CodeQuery *query, const Host *host,
							   const CodeModel *model, const float *vector);

/*
 * Lists the probes lists whose centres are nearest, the nearest first: lists[]
 * has room for as many.  Returns how many there are: no more than the model
 * has.
 */
extern int
code_query_lists(CodeQuery *query, const Host *host, int probes, int *lists);

/*
 * scores[i] = estimated cosine of the query and the code of entry i of a list,
 * count of them: a RegionCode at entries + i * entry_stride, in any alignment.
 * A damaged code has any score, also NaN.
 */
extern void code_query_scores(const CodeQuery *query, const Kernels *kernels,
							  int list, const uint8_t *entries,
							  size_t entry_stride, int count, float *scores);

extern void code_query_release(CodeQuery *query, const Host *host);

#endif
