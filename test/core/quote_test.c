/*
 * quote_test.c
 *		Pieces of input in messages: plain ASCII of a bounded length.
 */
#include "core/quote.h"

#include "lib/core_test.h"

static void
plain_text_stays(void **state)
{
	char quoted[QUOTE_ROOM];

	(void) state;
	assert_string_equal(quote_input("aspect=1 ~", 10, quoted), "aspect=1 ~");
	assert_string_equal(quote_input("cut here", 3, quoted), "cut");
	assert_string_equal(quote_input("", 0, quoted), "");
}

static void
other_bytes_are_escaped(void **state)
{
	char quoted[QUOTE_ROOM];

	(void) state;
	assert_string_equal(quote_input("a\\b\n\xff\0z", 7, quoted),
						"a\\x5cb\\x0a\\xff\\x00z");
}

/* Any bytes, of any length: ASCII alone, and never more than there is room. */
static void
room_is_enough(void **state)
{
	Random random = {7};
	char bytes[200], quoted[QUOTE_ROOM + 1];

	(void) state;
	for (int turn = 0; turn < 2000; turn++)
	{
		size_t length = (size_t) random_int(&random, 0, sizeof(bytes));
		size_t shown;

		for (size_t i = 0; i < length; i++)
			bytes[i] = (char) (turn % 2 == 0 ? random_int(&random, 0, 255)
											 : random_int(&random, 'a', 'z'));
		quoted[QUOTE_ROOM] = '!';
		shown = strlen(quote_input(bytes, length, quoted));
		assert_true(shown < QUOTE_ROOM);
		assert_int_equal(quoted[QUOTE_ROOM], '!');
		for (size_t i = 0; i < shown; i++)
			assert_true(quoted[i] >= 0x20 && quoted[i] < 0x7f);
		if (turn % 2 == 1 && length > QUOTE_MOST)
			assert_string_equal(quoted + QUOTE_MOST, "...");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_text_stays),
		cmocka_unit_test(other_bytes_are_escaped),
		cmocka_unit_test(room_is_enough),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
