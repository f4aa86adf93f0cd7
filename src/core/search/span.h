/*
 * span.h
 *		Spans of rows or columns: each window has exactly one of each.
 *
 * The rows of a map are put in a tree.  Each row is the centre of a span of
 * rows: the middle row of the whole map, the middle ones of the two halves
 * that it leaves, and so on.  Each window has exactly one span that contains
 * it and whose centre it contains.  (So rows are the nodes of a balanced
 * binary tree, and a window's span is that of the topmost node among its
 * rows.)  The same holds for columns.
 */
#ifndef INTSEARCH_SPAN_H
#define INTSEARCH_SPAN_H

/*
 * Windows of the span begin at first to centre, and their last row or column
 * is centre to last.
 */
typedef struct Span
{
	int first;
	int centre;
	int last;
	/* number of the span of first to centre - 1; -1 if that is empty */
	int before;
	/* number of the span of centre + 1 to last; -1 if that is empty */
	int after;
} Span;

/*
 * Lists the spans of `length` rows or columns in spans, [length]: each before
 * those of its halves.
 */
extern void list_spans(Span *spans, int length);

#endif
