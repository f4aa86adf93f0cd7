/*
 * binary.c
 *		Binary receive: any bytes are refused, or make a value that is sent as
 *		the same bytes.
 */
#include "admitted.h"

static void
receive(const Host *host, void *context)
{
	const Input *input = context;
	size_t size = input->size;
	const uint8_t *bytes = fuzz_value(host, input->data, size);
	CoreError error;
	size_t stored_size, sent_size;
	uint8_t *stored =
		feature_map_admit(host, bytes, size, 4, &stored_size, &error);
	FeatureMap map;

	if (stored == NULL)
	{
		require(memchr(error.message, '\0', sizeof(error.message)) != NULL);
		return;
	}
	stored += 4;
	check_admitted(host, stored, stored_size);
	require(feature_map_open(&map, bytes, size, &error));
	sent_size = feature_map_size_without_sketch(&map);
	for (size_t i = 0; i < sent_size; i++)
		require(i == HEADER_SKETCH_DIMS || stored[i] == bytes[i]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_run(receive, &(Input){data, size}, 0xa5);
	return 0;
}
