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
/*
 * The best step for normal values, in standard deviations (Max 1960), and how
 * far around it others are tried.
 */
#define BEST_STEP   0.335f
#define STEP_TRIALS 5
#define TRIAL_RATIO 0.1f

/* Projects samples in place of the basis that the model will have. */
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
	if (model->centres == NULL)
		return;
	coder->half_squares =
		scratch_reserve(host, &coder->list_space,
						sizeof(float) * 2 * (size_t) model->lists);
	coder->products = coder->half_squares + model->lists;
	centre_half_squares(model->centres, model->lists, CODE_DIMS,
						coder->half_squares);
}

void
coder_release(Coder *coder)
{
	if (coder->host == NULL)
		return;
	scratch_release(coder->host, &coder->space);
	scratch_release(coder->host, &coder->list_space);
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

/* What a step makes of values: products of the codes, less MIDDLE_CODE. */
typedef struct StepResult
{
	float product; /* with the values */
	float square;  /* with themselves */
} StepResult;

VECTOR_CLONES static StepResult
try_step(const float *values, float inverse)
{
	float products[8] = {0}, squares[8] = {0};
	StepResult result = {0};

	for (int k = 0; k < CODE_DIMS; k += 8)
		for (int lane = 0; lane < 8; lane++)
		{
			float code =
				nearest_code(values[k + lane] * inverse) - MIDDLE_CODE;

			products[lane] += code * values[k + lane];
			squares[lane] += code * code;
		}
	for (int lane = 0; lane < 8; lane++)
	{
		result.product += products[lane];
		result.square += squares[lane];
	}
	return result;
}

/* Dimension k is the low half of byte k, or the high half of byte k - 64. */
static void
code_values(const float *values, float square, RegionCode *out)
{
	float deviation = sqrtf(square / CODE_DIMS);
	float best_inverse = 0, best = -1;

	memset(out, 0, sizeof(*out));
	for (int i = 0; i < STEP_TRIALS; i++)
	{
		float step = BEST_STEP * (1 + TRIAL_RATIO * (i - STEP_TRIALS / 2));
		float inverse = 1 / (step * deviation);
		StepResult result = try_step(values, inverse);
		float cosine = result.product * result.product / result.square;

		if (cosine > best)
		{
			best = cosine;
			best_inverse = inverse;
			out->factor = square / result.product;
		}
	}
	for (int k = 0; k < CODE_BYTES; k++)
		out->code[k] =
			(uint8_t) ((int) nearest_code(values[k] * best_inverse) |
					   (int) nearest_code(values[k + CODE_BYTES] *
										  best_inverse)
						   << 4);
}

/* Bit k % 8 of byte k / 8 is 1 where value k is not negative. */
static void
code_signs(const float *values, RegionCode *out)
{
	float sum = 0;

	memset(out, 0, sizeof(*out));
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
	*list = nearest_centre(model->centres, coder->half_squares, model->lists,
						   CODE_DIMS, coder->projected, coder->products);
	code_values(coder->projected,
				subtract_centre(model, *list, coder->projected), code);
}
