/*
 * descriptor.c
 *		Descriptors: the pooled vector of a window, divided by its norm.
 */
#include "core/pooling/descriptor.h"

#include "core/vectors/unit_vector.h"

bool
describer_open(Describer *describer, const Host *host, const Kernels *kernels,
			   const FeatureMap *map, const Pooling *pooling, CoreError *error)
{
	*describer = (Describer){.host = host, .map = map};
	if (!codes_unpack(host, &describer->codes, map, kernels, error) ||
		!pooler_prepare(host, &describer->pooler, pooling, &describer->codes,
						error))
		return false;
	describer->pooled =
		scratch_reserve(host, &describer->space,
						sizeof(double) * describer->codes.stride);
	return true;
}

void
describer_close(Describer *describer)
{
	scratch_release(describer->host, &describer->space);
	pooler_release(describer->host, &describer->pooler);
	codes_release(describer->host, &describer->codes);
}

bool
describer_window(Describer *describer, const Window *window, float *descriptor)
{
	double *pooled = describer->pooled;

	pool_window(describer->host, &describer->pooler, &describer->codes, window,
				pooled);
	for (int c = 0; c < describer->map->channels; c++)
		pooled[c] *= channel_scale(describer->map, c);
	return unit_vector(pooled, describer->map->channels, descriptor);
}
