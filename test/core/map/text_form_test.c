/*
 * text_form_test.c
 *		The text form: read back as it was written, and refused where a
 *		character is wrong.
 */
#include "core/map/text_form.h"

#include "lib/test_maps.h"

/* The text of a map, on the heap. */
static char *
write_text(const TestMap *made, size_t *length)
{
	size_t size = feature_map_size_without_sketch(&made->map);
	char *text = malloc(TEXT_FORM_HEAD_ROOM + 2 * size);

	*length = text_form_head(text, &made->map);
	for (size_t i = 0; i < size; i++)
		*length += sprintf(text + *length, i % 2 == 0 ? "%02x" : "%02X",
						   made->stored[i]);
	return text;
}

/* Reads a copy that ends where it may be read. */
static uint8_t *
read_exact(const Host *host, const char *text, size_t length, size_t *size,
		   CoreError *error)
{
	uint8_t *copy = test_exact_copy(text, length);
	uint8_t *bytes = text_form_read(host, (char *) copy, length, size, error);

	test_exact_free(copy);
	return bytes;
}

static void
text_is_read_back(void **state)
{
	Random random = {31};
	TestHost test;
	const Host *host = test_host_start(&test);

	(void) state;
	for (int kind = 0; kind < MAP_KINDS; kind++)
		for (int bits = 8; bits <= 24; bits += 8)
		{
			TestMap made;
			size_t length, size;
			char *text;
			uint8_t *bytes;
			CoreError error;

			make_map(host, &made, &random, kind, 5, 3, 4, bits);
			strip_sketch(made.stored, &made.map);
			text = write_text(&made, &length);
			bytes = read_exact(host, text, length, &size, &error);
			assert_done(bytes != NULL, &error);
			assert_int_equal(size, feature_map_size_without_sketch(&made.map));
			assert_memory_equal(bytes, made.stored, size);
			host_free(host, bytes);
			free(text);
			free_map(host, &made);
		}
	assert_int_equal(test.live_blocks, 0);
}

static void
the_head_tells_the_kind_and_the_size(void **state)
{
	FeatureMap map = {.version = 1,
					  .bits = 16,
					  .is_signed = true,
					  .channels = 16384,
					  .height = 4096,
					  .width = 4095};
	char head[TEXT_FORM_HEAD_ROOM];

	(void) state;
	assert_int_equal(text_form_head(head, &map),
					 strlen("featmap:1:16s:16384x4096x4095:"));
	assert_string_equal(head, "featmap:1:16s:16384x4096x4095:");
}

/*
 * Each character in turn; lengths up to the end of the header, and an odd one.
 */
static void
damaged_text_is_refused(void **state)
{
	Random random = {32};
	TestHost test;
	const Host *host = test_host_start(&test);
	TestMap made;
	size_t length, size;
	char *text;
	CoreError error;

	(void) state;
	make_map(host, &made, &random, MAP_SIGNED, 2, 3, 4, 8);
	strip_sketch(made.stored, &made.map);
	text = write_text(&made, &length);
	for (size_t i = 0; i < length; i++)
	{
		char right = text[i];

		text[i] = 'x' + (right == 'x');
		assert_refused(read_exact(host, text, length, &size, &error) != NULL,
					   &error, ERROR_FORMAT);
		text[i] = right;
	}
	for (size_t cut = 0;
		 cut < strlen("featmap:1:8s:2x3x4:") + 2 * FEATMAP_HEADER_SIZE; cut++)
		assert_refused(read_exact(host, text, cut, &size, &error) != NULL,
					   &error, ERROR_FORMAT);
	assert_refused(read_exact(host, text, length - 1, &size, &error) != NULL,
				   &error, ERROR_FORMAT);
	free(text);
	free_map(host, &made);
	assert_int_equal(test.live_blocks, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_read_back),
		cmocka_unit_test(the_head_tells_the_kind_and_the_size),
		cmocka_unit_test(damaged_text_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
