/*
 * am_cost.c
 *		What the planner hears about a scan.
 *
 * The first row costs the codes of the lists, and as many exact searches as
 * there are candidates; each further row costs an exact search more.  So the
 * planner, which takes a share of the latter for a LIMIT, and divides by the
 * selectivity of a filter, compares exact searches with exact searches: those
 * of the index with those of all rows that pass the filter.
 */
#include "index/am_handler.h"

#include <math.h>

#include "access/genam.h"
#include "nodes/pathnodes.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "utils/spccache.h"

#include "index/am_options.h"
#include "index/am_request.h"

/* An exact search of a map takes as long as some ten thousand codes. */
#define CODES_PER_OPERATOR 25
/*
 * For a query of another pooling: more than the exact scan of a large table.
 */
#define OTHER_POOLING_COST 1e9

/* What is known of an index at plan time. */
typedef struct IndexShape
{
	IndexMeta meta;
	int candidates;
	int probes;
} IndexShape;

static IndexShape
index_shape(Oid oid)
{
	Relation index = index_open(oid, NoLock);
	IndexShape shape = {.meta = index_read_meta(index),
						.candidates = scan_candidates(index)};

	shape.probes = scan_probes(index, (int) shape.meta.lists);
	index_close(index, NoLock);
	return shape;
}

/* True where the query is known, and of another pooling than the index. */
static bool
pooling_differs(PlannerInfo *root, const IndexPath *path,
				const IndexMeta *meta)
{
	OpExpr *call = linitial_node(OpExpr, path->indexorderbys);
	Node *query = estimate_expression_value(root, lsecond(call->args));
	Pooling pooling;

	if (!IsA(query, Const) || ((Const *) query)->constisnull)
		return false;
	pooling = request_pooling(((Const *) query)->constvalue);
	return pooling.kind != (PoolingKind) meta->pooling ||
		   (pooling.kind == POOL_GEM && pooling.exponent != meta->exponent);
}

/* The cost of scoring a map exactly. */
static Cost
exact_cost(PlannerInfo *root, const IndexPath *path)
{
	QualCost distance, expression;

	cost_qual_eval(&distance, path->indexorderbys, root);
	cost_qual_eval(&expression, path->indexinfo->indexprs, root);
	return distance.per_tuple + expression.per_tuple + cpu_tuple_cost;
}

/* Rows of the table that are in the index. */
static double
indexed_rows(const IndexOptInfo *index, const IndexMeta *meta)
{
	double rows = index->rel->tuples;

	if (index->indpred != NIL)
		rows = Min(rows, index->tuples / meta->regions);
	return Max(rows, 1);
}

/*
 * The cost of fetching the candidates' rows, one here, one there; those that
 * are returned are fetched once more, which the planner adds itself.
 */
static Cost
fetch_cost(PlannerInfo *root, const IndexOptInfo *index, double candidates)
{
	double random_page, sequential_page;

	get_tablespace_page_costs(index->rel->reltablespace, &random_page,
							  &sequential_page);
	return random_page * index_pages_fetched(candidates, index->rel->pages,
											 index->pages, root);
}

void
intsearch_cost(PlannerInfo *root, IndexPath *path,
			   double loops pg_attribute_unused(), Cost *startup, Cost *total,
			   Selectivity *selectivity, double *correlation, double *pages)
{
	const IndexOptInfo *index = path->indexinfo;
	IndexShape shape;
	int entries_per_page = ENTRIES_PER_PAGE;
	double rows, candidates, codes;
	Cost exact;

	*selectivity = 1;
	*correlation = 0;
	*pages = index->pages;
	if (path->indexorderbys == NIL)
	{
		*startup = *total = INFINITY;
		disable_path(&path->path);
		return;
	}
	shape = index_shape(index->indexoid);
	rows = indexed_rows(index, &shape.meta);
	candidates = Min(rows, shape.candidates);
	exact = exact_cost(root, path);
	*pages = ceil(*pages * shape.probes / shape.meta.lists);
	codes = *pages * entries_per_page;
	/* an index that is read by every query stays in memory */
	*startup = *pages * cpu_tuple_cost +
			   codes * cpu_operator_cost / CODES_PER_OPERATOR +
			   fetch_cost(root, index, candidates);
	if (pooling_differs(root, path, &shape.meta))
		*startup += OTHER_POOLING_COST;
	*total = *startup + rows * exact;
	*startup += candidates * exact;
}
