/*
 * span_test.c
 *		Each interval of rows has exactly one span.
 */
#include "core/search/span.h"

#include "lib/test_blocks.h"

static void
check_spans(int length)
{
	Span *spans = (Span *) test_exact_copy(NULL, sizeof(Span) * length);

	list_spans(spans, length);
	for (int i = 0; i < length; i++)
	{
		const Span *span = &spans[i];

		assert_int_in_range(span->centre, span->first, span->last);
		for (int j = 0; j < i; j++)
			assert_int_not_equal(span->centre, spans[j].centre);
		if (span->first == span->centre)
			assert_int_equal(span->before, -1);
		else
		{
			assert_int_in_range(span->before, i + 1, length - 1);
			assert_int_equal(spans[span->before].first, span->first);
			assert_int_equal(spans[span->before].last, span->centre - 1);
		}
		if (span->last == span->centre)
			assert_int_equal(span->after, -1);
		else
		{
			assert_int_in_range(span->after, i + 1, length - 1);
			assert_int_equal(spans[span->after].first, span->centre + 1);
			assert_int_equal(spans[span->after].last, span->last);
		}
	}
	assert_int_equal(spans[0].first, 0);
	assert_int_equal(spans[0].last, length - 1);
	test_exact_free((uint8_t *) spans);
}

static void
each_interval_belongs_to_one_span(void **state)
{
	(void) state;
	for (int length = 1; length <= 200; length++)
		check_spans(length);
	for (int length = 1; length <= 40; length++)
	{
		Span spans[40];

		list_spans(spans, length);
		for (int first = 0; first < length; first++)
			for (int last = first; last < length; last++)
				span_of(spans, length, first, last);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_interval_belongs_to_one_span),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
