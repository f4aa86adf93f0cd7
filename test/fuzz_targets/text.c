/*
 * text.c
 *		Text input: any text is refused, or makes a value whose text is the
 *		same.
 */
#include <ctype.h>

#include "admitted.h"
#include "core/map/text_form.h"

/*
 * The text of the value is the one it was read from, but for upper case in its
 * digits.
 */
static void
check_text(const char *text, size_t length, const uint8_t *stored, size_t size)
{
	char head[TEXT_FORM_HEAD_ROOM], digits[3];
	FeatureMap map;
	CoreError error;
	size_t at, sent_size;

	require(feature_map_open(&map, stored, size, &error));
	sent_size = feature_map_size_without_sketch(&map);
	at = text_form_head(head, &map);
	require(at + 2 * sent_size == length && memcmp(text, head, at) == 0);
	for (size_t i = 0; i < sent_size; i++, at += 2)
	{
		snprintf(digits, sizeof(digits), "%02x",
				 i == HEADER_SKETCH_DIMS ? 0 : stored[i]);
		require(tolower((uint8_t) text[at]) == digits[0] &&
				tolower((uint8_t) text[at + 1]) == digits[1]);
	}
}

static void
read_text(const Host *host, void *context)
{
	const Input *input = context;
	size_t length = input->size;
	const char *text = (char *) fuzz_value(host, input->data, length);
	CoreError error;
	size_t size, stored_size;
	uint8_t *bytes = text_form_read(host, text, length, &size, &error);
	uint8_t *stored;

	if (bytes == NULL)
		return;
	stored = feature_map_admit(host, bytes, size, 4, &stored_size, &error);
	if (stored == NULL)
		return;
	check_admitted(host, stored + 4, stored_size);
	if (bytes[HEADER_SKETCH_DIMS] == 0)
		check_text(text, length, stored + 4, stored_size);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_run(read_text, &(Input){data, size}, 0xa5);
	return 0;
}
