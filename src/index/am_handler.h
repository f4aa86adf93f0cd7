/*
 * am_handler.h
 *		The functions of the access method, each in the file of its subject.
 */
#ifndef INTSEARCH_AM_HANDLER_H
#define INTSEARCH_AM_HANDLER_H

#include "bridge/featmap.h"

#include "access/amapi.h"
#include "access/genam.h"
#include "nodes/execnodes.h"
#include "nodes/pathnodes.h"

/* am_build.c */
extern IndexBuildResult *
intsearch_build(Relation heap, Relation index, IndexInfo *info);
extern void intsearch_build_empty(Relation index);
extern char *intsearch_build_phase(int64 phase);

/* am_insert.c */
extern bool
intsearch_insert(Relation index, Datum *values, bool *isnull, ItemPointer tid,
				 Relation heap, IndexUniqueCheck check, bool is_unchanged,
				 IndexInfo *info);

/* am_vacuum.c */
extern IndexBulkDeleteResult *
intsearch_bulk_delete(IndexVacuumInfo *info, IndexBulkDeleteResult *stats,
					  IndexBulkDeleteCallback callback, void *state);
extern IndexBulkDeleteResult *
intsearch_vacuum_cleanup(IndexVacuumInfo *info, IndexBulkDeleteResult *stats);

/* am_cost.c */
extern void
intsearch_cost(PlannerInfo *root, IndexPath *path, double loops, Cost *startup,
			   Cost *total, Selectivity *selectivity, double *correlation,
			   double *pages);

/* am_scan.c */
extern IndexScanDesc
intsearch_begin_scan(Relation index, int keys, int order_bys);
extern void intsearch_rescan(IndexScanDesc scan, ScanKey keys, int key_count,
							 ScanKey order_bys, int order_by_count);
extern bool intsearch_next(IndexScanDesc scan, ScanDirection direction);
extern void intsearch_end_scan(IndexScanDesc scan);

/* True for an index, partitioned or not, of this access method. */
extern bool is_intsearch_index(Relation index);

#endif
