/*
 * test_work.h
 *		The limit on the work of each search, counted and not timed.
 */
#ifndef INTSEARCH_TEST_WORK_H
#define INTSEARCH_TEST_WORK_H

#include "core/search/search.h"

/*
 * Fails where the searcher's last search bounded, scored or swept more than it
 * may (search.c says how much, and why).
 */
extern void check_work(const Searcher *searcher, const SearchOptions *options);

#endif
