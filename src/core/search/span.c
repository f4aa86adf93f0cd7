/*
 * span.c
 *		Spans of rows or columns.
 */
#include "core/search/span.h"

/*
 * Appends the span of first to last to the *count listed; returns its number,
 * -1 if it is empty.
 */
static int
add_span(Span *spans, int *count, int first, int last)
{
	if (first > last)
		return -1;
	spans[*count] =
		(Span){.first = first, .centre = (first + last + 1) / 2, .last = last};
	return (*count)++;
}

void
list_spans(Span *spans, int length)
{
	int count = 0;

	/* breadth first */
	add_span(spans, &count, 0, length - 1);
	for (int i = 0; i < count; i++)
	{
		Span *span = &spans[i];

		span->before = add_span(spans, &count, span->first, span->centre - 1);
		span->after = add_span(spans, &count, span->centre + 1, span->last);
	}
}
