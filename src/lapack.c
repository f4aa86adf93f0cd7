/*
 * lapack.c
 *		Eigenvectors by LAPACK.
 *
 * LAPACK is loaded when it is first needed, as PostgreSQL loads LLVM: learning a
 * whitening is rare, and every session that searches would else load LAPACK, BLAS and Fortran's library, too, and
 * start the threads that some builds of BLAS start with.  Those threads must not run
 * PostgreSQL's signal handlers, so signals wait while it is loaded and while it runs.
 */
#include "lapack.h"

#include <dlfcn.h>

#include "libpq/pqsignal.h"
#include "miscadmin.h"

#define LAPACK_LIBRARY "liblapack.so.3"

/* DSYEVR of LAPACK 3: selected eigenvalues and eigenvectors of a real symmetric matrix. */
typedef void (*Dsyevr)(const char *jobz, const char *range, const char *uplo, const int *n,
					   double *a, const int *lda, const double *vl, const double *vu, const int *il,
					   const int *iu, const double *abstol, int *m, double *w, double *z,
					   const int *ldz, int *isuppz, double *work, const int *lwork, int *iwork,
					   const int *liwork, int *info, size_t jobz_length, size_t range_length,
					   size_t uplo_length);

static Dsyevr
load_dsyevr(void)
{
	static Dsyevr dsyevr = NULL;
	sigset_t before;
	void *library;

	if (dsyevr != NULL)
		return dsyevr;
	sigprocmask(SIG_SETMASK, &BlockSig, &before);
	library = dlopen(LAPACK_LIBRARY, RTLD_NOW | RTLD_LOCAL);
	if (library != NULL)
		dsyevr = (Dsyevr) dlsym(library, "dsyevr_");
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (dsyevr == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("could not load LAPACK: %s", dlerror()),
				 errhint("Install LAPACK on the server; on Debian, the package liblapack3.")));
	return dsyevr;
}

/* Room that DSYEVR asks for: 26 and 10 times the size at least, more for its blocks. */
#define WORK_ROWS         66
#define INTEGER_WORK_ROWS 10

void
symmetric_eigenvectors(double *matrix, int size, int count, double *values, double *vectors)
{
	Dsyevr dsyevr = load_dsyevr();
	int first = size - count + 1, work_size = WORK_ROWS * size,
		integer_work_size = INTEGER_WORK_ROWS * size, found, info;
	double unused = 0;
	double *rising = palloc(sizeof(double) * size);
	double *rising_vectors =
		MemoryContextAllocHuge(CurrentMemoryContext, sizeof(double) * count * size);
	int *support = palloc(sizeof(int) * 2 * size);
	double *work = palloc(sizeof(double) * work_size);
	int *integer_work = palloc(sizeof(int) * integer_work_size);
	sigset_t before;

	CHECK_FOR_INTERRUPTS();
	sigprocmask(SIG_SETMASK, &BlockSig, &before);
	dsyevr("V", "I", "L", &size, matrix, &size, &unused, &unused, &first, &size, &unused, &found,
		   rising, rising_vectors, &size, support, work, &work_size, integer_work,
		   &integer_work_size, &info, 1, 1, 1);
	sigprocmask(SIG_SETMASK, &before, NULL);
	CHECK_FOR_INTERRUPTS();
	if (info != 0 || found != count)
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("LAPACK found %d of %d eigenvectors, and reports %d", found, count, info)));
	for (int k = 0; k < count; k++)
	{
		values[k] = rising[count - 1 - k];
		memcpy(vectors + (size_t) k * size, rising_vectors + (size_t) (count - 1 - k) * size,
			   sizeof(double) * size);
	}
	pfree(integer_work);
	pfree(work);
	pfree(support);
	pfree(rising_vectors);
	pfree(rising);
}
