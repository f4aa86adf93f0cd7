/*
 * code_model.c
 *		Learning a model of codes, and coding vectors by it.
 */
#include "core/index/code_model.h"

#include <math.h>
#include <string.h>

#include "core/index/code_projection.h"
#include "core/index/kmeans.h"
#include "core/index/projection.h"
#include "core/index/rotation.h"
#include "core/index/subspace.h"

/* A code stands for a multiple of half a step: code - 7.5. */
#define GREATEST_CODE 15
#define MIDDLE_CODE   7.5f
/* The best step for normal values, in standard deviations (Max 1960). */
#define BEST_STEP 0.335f

/* Rotates what the basis projects to, so that all dimensions carry alike. */
static void
rotate_columns(float *basis, int channels)
{
	float column[CODE_DIMS];

	for (int c = 0; c < channels; c++)
	{
		for (int k = 0; k < CODE_DIMS; k++)
			column[k] = basis[(size_t) k * channels + c];
		rotate(column, CODE_DIMS);
		for (int k = 0; k < CODE_DIMS; k++)
			basis[(size_t) k * channels + c] = column[k];
	}
}

bool
code_model_learn(const Host *host, const float *samples, size_t count,
				 int channels, int lists, float *basis, float *centres,
				 CoreError *error)
{
	float *projected;

	if (count < 1)
		return core_error(
			error, ERROR_INVALID_PARAMETER,
			"a model of codes cannot be learned from no vectors");
	find_subspace(host, samples, count, channels, CODE_DIMS, basis);
	rotate_columns(basis, channels);
	projected = host_new(host, float, count *CODE_DIMS);
	for (size_t i = 0; i < count; i++)
	{
		host_check(host);
		project(basis, CODE_DIMS, channels, samples + i * channels,
				projected + i * CODE_DIMS);
	}
	kmeans(host, projected, count, CODE_DIMS, lists, centres);
	host_free(host, projected);
	return true;
}

void
coder_start(Coder *coder, const Host *host, const CodeModel *model)
{
	coder->host = host;
	coder->model = model;
	coder->projected =
		scratch_reserve(host, &coder->space,
						sizeof(float) * code_projected_size(model));
	if (model->centres != NULL)
		centre_table_fill(&coder->table, host, model->centres, model->lists,
						  CODE_DIMS);
}

void
coder_release(Coder *coder)
{
	if (coder->host == NULL)
		return;
	scratch_release(coder->host, &coder->space);
	scratch_release(coder->host, &coder->table.space);
}

/* values[k] -= centre[k]; returns the squared norm of what is left */
static float
subtract_centre(const CodeModel *model, int list, float *values)
{
	const float *centre = model->centres + (size_t) list * CODE_DIMS;

	for (int k = 0; k < CODE_DIMS; k++)
		values[k] -= centre[k];
	return inner_product(values, values, CODE_DIMS);
}

/* The code of a value in steps, 0 to GREATEST_CODE; 0 for NaN. */
static inline float
nearest_code(float steps)
{
	float code = floorf(steps + (MIDDLE_CODE + 0.5f));

	code = code > 0 ? code : 0;
	return code < GREATEST_CODE ? code : GREATEST_CODE;
}

/*
 * Codes values whose squared norm is given, CODE_DIMS of them: dimension k is
 * the low half of byte k, or the high half of byte k - CODE_BYTES.
 */
VECTOR_CLONES static void
code_values(const float *values, float square, RegionCode *out)
{
	float codes[CODE_DIMS], centred[CODE_DIMS], product;
	float inverse = 1 / (BEST_STEP * sqrtf(square / CODE_DIMS));

	for (int k = 0; k < CODE_DIMS; k++)
	{
		codes[k] = nearest_code(values[k] * inverse);
		centred[k] = codes[k] - MIDDLE_CODE;
	}
	for (int k = 0; k < CODE_BYTES; k++)
		out->code[k] =
			(uint8_t) ((int) codes[k] | (int) codes[k + CODE_BYTES] << 4);
	product = inner_product(values, centred, CODE_DIMS);
	out->factor = product > 0 ? square / product : 0;
}

/* Bit k % 8 of byte k / 8 is 1 where value k is not negative. */
static void
code_signs(const float *values, RegionCode *out)
{
	float sum = 0;

	memset(out->code, 0, sizeof(out->code));
	for (int k = 0; k < CODE_SIGNS; k++)
	{
		bool positive = values[k] >= 0;

		sum += positive ? values[k] : -values[k];
		out->code[k / 8] |= (uint8_t) (positive << k % 8);
	}
	out->factor = sum > 0 ? 1 / sum : 0;
}

void
code_vector(Coder *coder, const float *vector, int *list, RegionCode *code)
{
	const CodeModel *model = coder->model;

	code_project(model, vector, coder->projected);
	*list = 0;
	if (model->kind == CODE_UNTRAINED)
	{
		code_signs(coder->projected, code);
		return;
	}
	*list = centre_table_nearest(&coder->table, coder->projected);
	code_values(coder->projected,
				subtract_centre(model, *list, coder->projected), code);
}

VECTOR_CLONES void
code_decode(const CodeModel *model, int list, const RegionCode *code,
			float *values)
{
	const float *centre = model->centres + (size_t) list * CODE_DIMS;
	float factor = code->factor;

	for (int k = 0; k < CODE_BYTES; k++)
	{
		int low = code->code[k] & 15;
		int high = code->code[k] >> 4;

		values[k] = centre[k] + factor * ((float) low - MIDDLE_CODE);
		values[k + CODE_BYTES] =
			centre[k + CODE_BYTES] + factor * ((float) high - MIDDLE_CODE);
	}
}
