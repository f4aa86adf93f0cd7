/*
 * am_options.c
 *		Options of an index, and the settings of its scans.
 */
#include "index/am_options.h"

#include <math.h>

#include "access/reloptions.h"
#include "utils/guc.h"

#include "core/index/regions.h"

int iterative_setting = ITERATIVE_RELAXED;
int max_candidates_setting;

static int candidates_setting;
static int probes_setting;

static relopt_kind options_kind;

static relopt_enum_elt_def pooling_names[] = {
	{"sum", POOL_SUM},
	{"max", POOL_MAX},
	{"gem", POOL_GEM},
	{NULL, 0},
};

static const struct config_enum_entry iterative_names[] = {
	{"off", ITERATIVE_OFF, false},
	{"relaxed", ITERATIVE_RELAXED, false},
	{NULL, 0, false},
};

static const IndexOptions defaults = {
	.regions = REGIONS_DEFAULT,
	.pooling = POOL_SUM,
	.exponent = 3,
	.candidates = CANDIDATES_DEFAULT,
};

/* What a build reads: a change takes a REINDEX. */
static void
define_build_options(void)
{
	add_int_reloption(options_kind, "lists",
					  "Number of inverted lists; 0 for what suits the rows.",
					  defaults.lists, 0, CODE_MOST_LISTS, AccessExclusiveLock);
	add_int_reloption(options_kind, "regions", "Most regions of a map.",
					  defaults.regions, 1, REGIONS_MOST, AccessExclusiveLock);
	add_enum_reloption(options_kind, "pooling",
					   "Pooling of the searches that the index is for.",
					   pooling_names, defaults.pooling,
					   "Valid values are \"sum\", \"max\" and \"gem\".",
					   AccessExclusiveLock);
	add_real_reloption(options_kind, "exponent",
					   "Exponent of the pooling \"gem\".", defaults.exponent,
					   1, 1e6, AccessExclusiveLock);
}

static void
define_scan_options(void)
{
	add_int_reloption(options_kind, "candidates",
					  "Maps that a scan scores exactly at a time.",
					  defaults.candidates, 1, CANDIDATES_MOST,
					  ShareUpdateExclusiveLock);
	add_int_reloption(
		options_kind, "probes",
		"Lists that a scan reads first; 0 for what suits the lists.",
		defaults.probes, 0, CODE_MOST_LISTS, ShareUpdateExclusiveLock);
}

static void
define_settings(void)
{
	DefineCustomIntVariable(
		"intsearch.candidates",
		"Maps that an index scan scores exactly at a time.",
		"0 is what the index's option says, 200 by default.",
		&candidates_setting, 0, 0, CANDIDATES_MOST, PGC_USERSET, 0, NULL, NULL,
		NULL);
	DefineCustomIntVariable(
		"intsearch.probes", "Lists that an index scan reads first.",
		"0 is what the index's option says, by default what suits its lists.",
		&probes_setting, 0, 0, CODE_MOST_LISTS, PGC_USERSET, 0, NULL, NULL,
		NULL);
	DefineCustomEnumVariable(
		"intsearch.iterative",
		"Whether an index scan goes on beyond its first candidates.",
		"\"relaxed\" goes on with the next ones, ordered among themselves.",
		&iterative_setting, ITERATIVE_RELAXED, iterative_names, PGC_USERSET, 0,
		NULL, NULL, NULL);
	DefineCustomIntVariable(
		"intsearch.max_candidates",
		"Most maps that an index scan scores exactly.",
		"It ends when it has scored this many, even if more rows are wanted.",
		&max_candidates_setting, 20000, 1, INT_MAX, PGC_USERSET, 0, NULL, NULL,
		NULL);
}

void
define_index_options(void)
{
	options_kind = add_reloption_kind();
	define_build_options();
	define_scan_options();
	define_settings();
}

/* An option and its place in IndexOptions. */
#define OPTION(name, type, field)               \
	{                                           \
		.optname = (name), .opttype = (type),   \
		.offset = offsetof(IndexOptions, field) \
	}

bytea *
intsearch_options(Datum options, bool validate)
{
	static const relopt_parse_elt table[] = {
		OPTION("lists", RELOPT_TYPE_INT, lists),
		OPTION("regions", RELOPT_TYPE_INT, regions),
		OPTION("pooling", RELOPT_TYPE_ENUM, pooling),
		OPTION("exponent", RELOPT_TYPE_REAL, exponent),
		OPTION("candidates", RELOPT_TYPE_INT, candidates),
		OPTION("probes", RELOPT_TYPE_INT, probes),
	};

	return build_reloptions(options, validate, options_kind,
							sizeof(IndexOptions), table, lengthof(table));
}

IndexOptions
index_options(Relation index)
{
	return index->rd_options == NULL ? defaults
									 : *(IndexOptions *) index->rd_options;
}

int
scan_candidates(Relation index)
{
	return candidates_setting > 0 ? candidates_setting
								  : index_options(index).candidates;
}

/*
 * The share of lists that hold the nearest regions falls as lists are added:
 * all of 1, 20 of 100, 64 of 1,000.  At 100,000 maps 20 of 100 lists lose
 * nothing that can be told against all of them, and 16 lose 0.02 of the ten.
 */
static int
default_probes(int lists)
{
	return (int) ceil(2 * sqrt(lists));
}

int
scan_probes(Relation index, int lists)
{
	int probes =
		probes_setting > 0 ? probes_setting : index_options(index).probes;

	return Min(probes > 0 ? probes : default_probes(lists), lists);
}
