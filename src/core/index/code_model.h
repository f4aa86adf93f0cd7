/*
 * code_model.h
 *		Codes of region vectors: 64 bytes and a factor, from which the cosine
 *		with a query is estimated.
 *
 * A trained model projects a vector to CODE_DIMS dimensions: those in which
 * the vectors of a sample have most of their norm, in a random rotation, so
 * that all carry alike.  The vector goes to the list with the nearest centre,
 * and what is left after subtracting the centre is coded with 4 bits a
 * dimension.  The factor corrects the length, so that
 *
 *		q . x  is about  q . centre + factor * (q . code)
 *
 * (Gao and Long, RaBitQ, SIGMOD 2024).  An untrained model follows from the
 * number of channels alone: signs of 512 coordinates of a random rotation, one
 * list, no centre.
 */
#ifndef INTSEARCH_CODE_MODEL_H
#define INTSEARCH_CODE_MODEL_H

#include <stdint.h>

#include "core/index/centres.h"

#define CODE_DIMS  128
#define CODE_BYTES 64
/* Dimensions of untrained codes, 1 bit each. */
#define CODE_SIGNS (8 * CODE_BYTES)
/* The most lists a model can have. */
#define CODE_MOST_LISTS 32768

typedef enum CodeKind
{
	CODE_UNTRAINED = 1,
	CODE_TRAINED = 2
} CodeKind;

/* Lies where the caller keeps it.  Any numbers are harmless, also NaN. */
typedef struct CodeModel
{
	CodeKind kind;
	int channels; /* 1 to FEATMAP_MAX_CHANNELS */
	int lists;    /* 1 to CODE_MOST_LISTS; 1 where untrained */
	/*
	 * [CODE_DIMS][channels]: the columns are orthonormal where there are no
	 * more channels than dimensions, else the rows are; NULL where untrained
	 */
	const float *basis;
	/* [lists][CODE_DIMS], of one list too; NULL where untrained */
	const float *centres;
} CodeModel;

/* No padding, and any alignment: it lies in pages as it is. */
typedef struct RegionCode
{
	float factor;
	uint8_t code[CODE_BYTES];
} RegionCode;

_Static_assert(sizeof(RegionCode) == sizeof(float) + CODE_BYTES,
			   "RegionCode has no padding");

/*
 * Learns a trained model from samples, [count][channels], unit vectors of
 * regions, at least one: fills basis, [CODE_DIMS][channels], and centres,
 * [lists][CODE_DIMS].  The same samples give the same model.  A list that no
 * sample is nearest to, as where there are fewer samples than lists, has the
 * vector of a sample as its centre.
 *
 * Takes time that grows with count * CODE_DIMS * (channels + lists); 20,000
 * samples of 512 channels and 1,024 lists take 3 s.  Beside the samples it
 * takes memory for CODE_DIMS * (count + channels + 3 * lists) floats.
 */
extern bool code_model_learn(const Host *host, const float *samples,
							 size_t count, int channels, int lists,
							 float *basis, float *centres, CoreError *error);

/* Codes vectors by a model.  Keeps its memory until it is released. */
typedef struct Coder
{
	const Host *host;
	const CodeModel *model;
	float *projected; /* of the vector at hand; see code_projection.h */
	CentreTable table;
	Scratch space;
} Coder;

/* Prepares for a model, which stays where it is.  Zero the coder first. */
extern void
coder_start(Coder *coder, const Host *host, const CodeModel *model);

/* The list and the code of a vector, [channels]; any vector has both. */
extern void
code_vector(Coder *coder, const float *vector, int *list, RegionCode *code);

/*
 * What a code of a list stands for, [CODE_DIMS], by a trained model: the
 * vector as the model projects it, with an error.
 */
extern void code_decode(const CodeModel *model, int list,
						const RegionCode *code, float *values);

extern void coder_release(Coder *coder);

#endif
