/*
 * pool.h
 *		Pooling: how the cells of a window become one vector, exactly.
 *
 * For the values x of a channel over the cells of a window:
 *
 *	sum		sum of x
 *	max		greatest x
 *	gem		(sum of x^exponent)^(1/exponent), of values that are not negative: the
 *			generalised mean, without the factor that vanishes in the normalisation
 *			(Radenovic, Tolias, Chum 2018)
 *
 * A channel's scale is a factor of the pooled value in each of them, so all is
 * done in units of codes.
 */
#ifndef INTSEARCH_POOL_H
#define INTSEARCH_POOL_H

#include "core/pooling/codes.h"

typedef enum PoolingKind
{
	POOL_SUM,
	POOL_MAX,
	POOL_GEM
} PoolingKind;

typedef struct Pooling
{
	PoolingKind kind;
	double exponent; /* of gem, at least 1 */
} Pooling;

/* A pooling prepared for one map.  Zero it; kept from map to map. */
typedef struct Pooler
{
	Pooling pooling;
	double *powers; /* [greatest code + 1]: (code / greatest code)^exponent */
	int powers_bits;
	double powers_exponent; /* what the powers are of; 0 for nothing yet */
	/*
	 * the same of each code of the map at hand, [height * width][stride]; NULL
	 * but at 24 bits, which are too many for a table
	 */
	double *code_powers;
	Scratch powers_space;
	Scratch code_powers_space;
	Scratch bytes; /* [stride]: greatest codes of the window at hand */
} Pooler;

/*
 * True where there are powers for the map at hand: not where the least ones
 * would vanish, nor where a map of 24 bits is too large.
 */
static inline bool
pooler_has_powers(const Pooler *pooler, const FeatureMap *map)
{
	return pooler->code_powers != NULL ||
		   (pooler->powers_exponent == pooler->pooling.exponent &&
			pooler->powers_bits == map->bits);
}

/* The power of a code, where there are powers; at is that of unpacked_code. */
static inline double
pooler_power(const Pooler *pooler, const Codes *codes, size_t at)
{
	return pooler->code_powers != NULL
			   ? pooler->code_powers[at]
			   : pooler->powers[unpacked_code(codes, at)];
}

/* The name of a pooling, as users write it. */
extern const char *pooling_name(PoolingKind kind);

/* The pooling of that name; refuses other names. */
extern bool
pooling_named(const char *name, PoolingKind *kind, CoreError *error);

/* Refuses gem with an exponent below 1 or not finite. */
extern bool pooling_check(const Pooling *pooling, CoreError *error);

/* Refuses a map with negative values where the pooling takes none. */
extern bool
pooler_prepare(const Host *host, Pooler *pooler, const Pooling *pooling,
			   const Codes *codes, CoreError *error);

/* Gives all scratch space back. */
extern void pooler_release(const Host *host, Pooler *pooler);

/*
 * pooled[c] = pooled value of channel c over the window, in units of codes,
 * [stride].
 */
extern void pool_window(const Host *host, Pooler *pooler, Codes *codes,
						const Window *window, double *pooled);

/*
 * The two steps of gem where there are powers.  The first adds the powers of
 * the cells of some rows to sums, [stride]; from the first row of a window to
 * its last, the sums are those of pool_window(), to the bit.  The second makes
 * them the pooled vector, [stride].
 */
extern void
pool_add_powers(const Host *host, const Pooler *pooler, const Codes *codes,
				const Window *rows, double *sums);
extern void pool_root_sums(const Pooler *pooler, const Codes *codes,
						   const double *sums, double *pooled);

#endif
