/*
 * code_projection.c
 *		What a vector becomes before it is coded, and a query alike.
 */
#include "core/index/code_projection.h"

#include <math.h>
#include <string.h>

#include "core/index/projection.h"
#include "core/index/rotation.h"

/* The dimensions that are rotated: a power of two, at least CODE_SIGNS. */
static int
rotated_size(int channels)
{
	int size = CODE_SIGNS;

	while (size < channels)
		size *= 2;
	return size;
}

size_t
code_projected_size(const CodeModel *model)
{
	return model->kind == CODE_UNTRAINED ? rotated_size(model->channels)
										 : CODE_DIMS;
}

/*
 * Of a rotation in more dimensions than CODE_SIGNS the first are as good as
 * any others: a random projection, whose lengths are right on average.
 */
static void
project_randomly(int channels, const float *vector, float *projected)
{
	int size = rotated_size(channels);
	float factor = sqrtf((float) size / CODE_SIGNS);

	memcpy(projected, vector, sizeof(float) * channels);
	memset(projected + channels, 0, sizeof(float) * (size - channels));
	rotate(projected, size);
	for (int k = 0; k < CODE_SIGNS; k++)
		projected[k] *= factor;
}

void
code_project(const CodeModel *model, const float *vector, float *projected)
{
	if (model->kind == CODE_UNTRAINED)
		project_randomly(model->channels, vector, projected);
	else
		project(model->basis, CODE_DIMS, model->channels, vector, projected);
}
