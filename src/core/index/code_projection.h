/*
 * code_projection.h
 *		What a vector becomes before it is coded, and a query alike.
 */
#ifndef INTSEARCH_CODE_PROJECTION_H
#define INTSEARCH_CODE_PROJECTION_H

#include "core/index/code_model.h"

/*
 * Floats that code_project writes: what counts, and scratch space behind it.
 */
extern size_t code_projected_size(const CodeModel *model);

/*
 * Projects a vector, [channels]: to [CODE_DIMS] by the basis of a trained
 * model, to [CODE_SIGNS] by the rotation of an untrained one.
 */
extern void
code_project(const CodeModel *model, const float *vector, float *projected);

#endif
