/*
 * lapack.c
 *		Eigenvectors by LAPACK.
 *
 * LAPACK is loaded when it is first needed, as PostgreSQL loads LLVM. Learning
 * a whitening is rare; otherwise every session that searches would load
 * LAPACK, BLAS and Fortran's library, too, and start the threads that some
 * builds of BLAS start with.  Those threads must not run PostgreSQL's signal
 * handlers, so signals wait while LAPACK is loaded and while it runs.
 *
 * The eigenvectors of 2,048 channels take seconds.  So that a cancel need not
 * wait for them, what DSYEVR does in one call is done here in short ones: the
 * matrix is made tridiagonal some columns at a time, as in DSYTRD; its
 * eigenvectors are found in groups; and they are turned back by some
 * reflections at a time, as in DORMTR.
 */
#include "aggregates/lapack.h"

#include <dlfcn.h>
#include <math.h>

#include "libpq/pqsignal.h"
#include "miscadmin.h"

#include "aggregates/scale.h"

#define LAPACK_LIBRARY "liblapack.so.3"

/*
 * Additions and multiplications in one call: not a tenth of a second, even by
 * a BLAS that is not tuned.
 */
#define CALL_WORK 1.3e8

/*
 * Columns of a block, as ILAENV has it for DSYTRD, and reflections that turn
 * vectors back in one call.
 */
#define BLOCK_COLUMNS 32
#define REFLECTIONS   64

/*
 * Additions and multiplications that an eigenvector of a tridiagonal matrix
 * takes, for each row: measured.
 */
#define VECTOR_WORK 1000

/*
 * How far the eigenvalues of two groups of eigenvectors must be apart, as a
 * part of the largest: vectors of different groups are orthogonal but for the
 * rounding of a double divided by that, of which a float shows nothing.
 */
#define GAP 1e-9

/*
 * The routines of LAPACK 3, and one of BLAS, which it brings along.  Fortran
 * wants the lengths of strings at the end.
 */
typedef struct Lapack
{
	/*
	 * some columns of a symmetric matrix made tridiagonal, and the update of
	 * the others that follows from it
	 */
	void (*dlatrd)(const char *uplo, const int *n, const int *nb, double *a,
				   const int *lda, double *e, double *tau, double *w,
				   const int *ldw, size_t uplo_length);
	/* C = alpha (A B' + B A') + beta C */
	void (*dsyr2k)(const char *uplo, const char *trans, const int *n,
				   const int *k, const double *alpha, const double *a,
				   const int *lda, const double *b, const int *ldb,
				   const double *beta, double *c, const int *ldc,
				   size_t uplo_length, size_t trans_length);
	/* a symmetric matrix made tridiagonal */
	void (*dsytrd)(const char *uplo, const int *n, double *a, const int *lda,
				   double *d, double *e, double *tau, double *work,
				   const int *lwork, int *info, size_t uplo_length);
	/*
	 * selected eigenvalues and eigenvectors of a tridiagonal matrix, by
	 * relatively robust representations
	 */
	void (*dstemr)(const char *jobz, const char *range, const int *n,
				   double *d, double *e, const double *vl, const double *vu,
				   const int *il, const int *iu, int *m, double *w, double *z,
				   const int *ldz, const int *nzc, int *isuppz, int *tryrac,
				   double *work, const int *lwork, int *iwork,
				   const int *liwork, int *info, size_t jobz_length,
				   size_t range_length);
	/*
	 * all eigenvalues and eigenvectors of a tridiagonal matrix, by divide and
	 * conquer
	 */
	void (*dstedc)(const char *compz, const int *n, double *d, double *e,
				   double *z, const int *ldz, double *work, const int *lwork,
				   int *iwork, const int *liwork, int *info,
				   size_t compz_length);
	/* C = Q C, where Q is a product of reflections */
	void (*dormqr)(const char *side, const char *trans, const int *m,
				   const int *n, const int *k, double *a, const int *lda,
				   const double *tau, double *c, const int *ldc, double *work,
				   const int *lwork, int *info, size_t side_length,
				   size_t trans_length);
} Lapack;

/*
 * A symmetric matrix, reduced to a tridiagonal one by a reflection for each
 * column.
 */
typedef struct Tridiagonal
{
	int size;
	double *matrix;      /* [size][size], the reflections below the diagonal */
	double *diagonal;    /* [size] */
	double *below;       /* [size], the last one is unused */
	double *reflections; /* [size], their factors, the last one is unused */
} Tridiagonal;

static sigset_t
hold_signals(void)
{
	sigset_t before;

	sigprocmask(SIG_SETMASK, &BlockSig, &before);
	return before;
}

static void
release_signals(sigset_t before)
{
	sigprocmask(SIG_SETMASK, &before, NULL);
	CHECK_FOR_INTERRUPTS();
}

static const Lapack *
load_lapack(void)
{
	static Lapack lapack;
	static const struct
	{
		const char *name;
		void *pointer;
	} routines[] = {
		{"dlatrd_", &lapack.dlatrd}, {"dsyr2k_", &lapack.dsyr2k},
		{"dsytrd_", &lapack.dsytrd}, {"dstemr_", &lapack.dstemr},
		{"dstedc_", &lapack.dstedc}, {"dormqr_", &lapack.dormqr},
	};
	static bool loaded = false;
	sigset_t before;
	void *library;

	if (loaded)
		return &lapack;
	before = hold_signals();
	library = dlopen(LAPACK_LIBRARY, RTLD_NOW | RTLD_LOCAL);
	loaded = library != NULL;
	for (size_t i = 0; loaded && i < lengthof(routines); i++)
	{
		void *routine = dlsym(library, routines[i].name);

		memcpy(routines[i].pointer, &routine, sizeof(routine));
		loaded = routine != NULL;
	}
	release_signals(before);
	if (!loaded)
		ereport(
			ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("could not load LAPACK: %s", dlerror()),
			 errhint(
				 "Install LAPACK on the server; on Debian, the package liblapack3.")));
	return &lapack;
}

/* How many items one call may process, if each takes that much work. */
static int
items_in_call(double work)
{
	return (int) Max(1, CALL_WORK / work);
}

static Tridiagonal
make_tridiagonal(const Lapack *lapack, double *matrix, int size)
{
	Tridiagonal result = {
		.size = size,
		.matrix = matrix,
		.diagonal = palloc(sizeof(double) * size),
		.below = palloc(sizeof(double) * size),
		.reflections = palloc(sizeof(double) * size),
	};
	int columns = Min(BLOCK_COLUMNS, items_in_call(4.0 * size * size));
	int done, rows, info, work_size = size * BLOCK_COLUMNS;
	double *work = palloc(sizeof(double) * work_size);
	const double minus = -1, one = 1;
	double *corner = matrix;
	sigset_t before;

	for (done = 0; size - done > BLOCK_COLUMNS; done += columns)
	{
		int rest = size - done - columns;

		rows = size - done;
		before = hold_signals();
		lapack->dlatrd("L", &rows, &columns, corner, &size,
					   result.below + done, result.reflections + done, work,
					   &size, 1);
		lapack->dsyr2k("L", "N", &rest, &columns, &minus, corner + columns,
					   &size, work + columns, &size, &one,
					   corner + (size_t) columns * size + columns, &size, 1,
					   1);
		release_signals(before);
		for (int c = 0; c < columns; c++)
			result.diagonal[done + c] = corner[(size_t) c * size + c];
		corner += (size_t) columns * size + columns;
	}
	rows = size - done;
	before = hold_signals();
	lapack->dsytrd("L", &rows, corner, &size, result.diagonal + done,
				   result.below + done, result.reflections + done, work,
				   &work_size, &info, 1);
	release_signals(before);
	pfree(work);
	return result;
}

/*
 * The eigenvectors from the first-th to the last-th smallest eigenvalue:
 * values, ascending, and vectors, [][size]. False where DSTEMR does not find
 * them, as happens with clusters of equal eigenvalues.
 */
static bool
find_group(const Lapack *lapack, const Tridiagonal *tridiagonal, int first,
		   int last, double *values, double *vectors)
{
	int size = tridiagonal->size, count = last - first + 1, found, info,
		robust = true;
	int work_size = 18 * size, integer_work_size = 10 * size;
	double unused = 0;
	double *diagonal = palloc(sizeof(double) * size);
	double *below = palloc(sizeof(double) * size);
	double *work = palloc(sizeof(double) * work_size);
	int *integer_work = palloc(sizeof(int) * integer_work_size);
	int *support = palloc(sizeof(int) * 2 * size);
	sigset_t before;

	/* DSTEMR overwrites them */
	memcpy(diagonal, tridiagonal->diagonal, sizeof(double) * size);
	memcpy(below, tridiagonal->below, sizeof(double) * (size - 1));
	before = hold_signals();
	lapack->dstemr("V", "I", &size, diagonal, below, &unused, &unused, &first,
				   &last, &found, values, vectors, &size, &count, support,
				   &robust, work, &work_size, integer_work, &integer_work_size,
				   &info, 1, 1);
	release_signals(before);
	pfree(support);
	pfree(integer_work);
	pfree(work);
	pfree(below);
	pfree(diagonal);
	return info == 0 && found == count;
}

double *
alloc_matrix(size_t rows, size_t columns)
{
	return MemoryContextAllocHuge(CurrentMemoryContext,
								  sizeof(double) * rows * columns);
}

/*
 * The greatest of ascending eigenvalues, and their vectors, the greatest
 * first.
 */
static void
take_greatest(const double *ascending, const double *found, int count,
			  int wanted, int size, double *values, double *vectors)
{
	for (int k = 0; k < wanted; k++)
	{
		values[k] = ascending[count - 1 - k];
		memcpy(vectors + (size_t) k * size,
			   found + (size_t) (count - 1 - k) * size, sizeof(double) * size);
	}
}

/*
 * The count largest eigenvalues and their eigenvectors, in one call.  Clusters
 * only make it faster.
 */
static void
find_at_once(const Lapack *lapack, const Tridiagonal *tridiagonal, int count,
			 double *values, double *vectors)
{
	int size = tridiagonal->size, info;
	int work_size = 1 + 4 * size + size * size,
		integer_work_size = 3 + 5 * size;
	double *ascending = palloc(sizeof(double) * size);
	double *below = palloc(sizeof(double) * size);
	double *found = alloc_matrix(size, size);
	double *work = alloc_matrix(work_size, 1);
	int *integer_work = palloc(sizeof(int) * integer_work_size);
	sigset_t before;

	/* DSTEDC overwrites them, the diagonal by the eigenvalues */
	memcpy(ascending, tridiagonal->diagonal, sizeof(double) * size);
	memcpy(below, tridiagonal->below, sizeof(double) * (size - 1));
	before = hold_signals();
	lapack->dstedc("I", &size, ascending, below, found, &size, work,
				   &work_size, integer_work, &integer_work_size, &info, 1);
	release_signals(before);
	if (info != 0)
		ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
						errmsg("LAPACK found no eigenvectors, and reports %d",
							   info)));
	take_greatest(ascending, found, size, count, size, values, vectors);
	pfree(integer_work);
	pfree(work);
	pfree(found);
	pfree(below);
	pfree(ascending);
}

/*
 * Where ascending values are farthest apart: the index of the value after the
 * widest gap, among the first half of the gaps.
 */
static int
widest_gap(const double *values, int count)
{
	int widest = 1;

	for (int i = 2; i <= count / 2; i++)
		if (values[i] - values[i - 1] > values[widest] - values[widest - 1])
			widest = i;
	return widest;
}

/*
 * The count largest eigenvalues and their eigenvectors, the largest first.
 * They are found in groups that end at wide gaps.  A group that has no wide
 * gap is found again with twice as many vectors.  Where LAPACK does not find a
 * group, all are found at once.
 */
static void
find_vectors(const Lapack *lapack, const Tridiagonal *tridiagonal, int count,
			 double *values, double *vectors)
{
	int size = tridiagonal->size, smallest = size - count + 1, done = 0;
	int usual = Max(2, items_in_call((double) VECTOR_WORK * size)),
		group = usual;
	double *ascending = palloc(sizeof(double) * size);

	while (done < count)
	{
		int last = size - done, first = Max(smallest, last - group + 1),
			kept = 0;
		double *found = alloc_matrix(last - first + 1, size);

		if (!find_group(lapack, tridiagonal, first, last, ascending, found))
		{
			find_at_once(lapack, tridiagonal, count, values, vectors);
			pfree(found);
			break;
		}
		if (first > smallest)
			kept = widest_gap(ascending, last - first + 1);
		if (done == 0)
			values[0] = ascending[last - first];
		if (kept > 0 &&
			ascending[kept] - ascending[kept - 1] < GAP * fabs(values[0]))
			group *= 2;
		else
		{
			take_greatest(ascending, found, last - first + 1,
						  last - first + 1 - kept, size, values + done,
						  vectors + (size_t) done * size);
			done += last - first + 1 - kept;
			group = usual;
		}
		pfree(found);
	}
	pfree(ascending);
}

/*
 * vectors, [count][size] = the reflections of the matrix applied to them: its
 * eigenvectors.
 */
static void
turn_back(const Lapack *lapack, const Tridiagonal *tridiagonal, int count,
		  double *vectors)
{
	int size = tridiagonal->size;
	int most = Min(count, items_in_call(4.0 * size * REFLECTIONS));
	int work_size = most * REFLECTIONS + REFLECTIONS * (REFLECTIONS + 1);
	double *work = palloc(sizeof(double) * work_size);

	for (int first = (size - 2) / REFLECTIONS * REFLECTIONS; first >= 0;
		 first -= REFLECTIONS)
		for (int done = 0; done < count; done += most)
		{
			int rows = size - first - 1, reflections = Min(REFLECTIONS, rows),
				columns = Min(most, count - done), info;
			sigset_t before = hold_signals();

			lapack->dormqr("L", "N", &rows, &columns, &reflections,
						   tridiagonal->matrix + (size_t) first * size +
							   first + 1,
						   &size, tridiagonal->reflections + first,
						   vectors + (size_t) done * size + first + 1, &size,
						   work, &work_size, &info, 1, 1);
			release_signals(before);
		}
	pfree(work);
}

void
symmetric_eigenvectors(double *matrix, int size, int count, double *values,
					   double *vectors)
{
	const Lapack *lapack = load_lapack();
	/*
	 * DSTEMR gives up on matrices of about 1e60 that it solves when they are
	 * scaled
	 */
	int exponent = scale_to_unit(matrix, (size_t) size * size,
								 "covariance has NaN or an infinite value");
	Tridiagonal tridiagonal = make_tridiagonal(lapack, matrix, size);

	find_vectors(lapack, &tridiagonal, count, values, vectors);
	for (int i = 0; i < count; i++)
		values[i] = ldexp(values[i], exponent);
	turn_back(lapack, &tridiagonal, count, vectors);
	pfree(tridiagonal.reflections);
	pfree(tridiagonal.below);
	pfree(tridiagonal.diagonal);
}
