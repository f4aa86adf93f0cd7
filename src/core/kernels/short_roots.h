/*
 * short_roots.h
 *		Roots of sums of powers by integers of 16 bits.
 *
 * A sum in 16 bits, r, is the bits of a float without its last ones, and so
 * nearly linear in its logarithm: with m the mantissa less 1, log2(1 + m) - m
 * is between 0 and 0.0861.  So r times a slope, and a correction by the cell
 * of LOG_CELLS that m lies in, make the logarithm of the root,
 *
 *		t = (r slope >> 16) + correction - base,
 *
 * in units of 2^-SHORT_LOG_UNIT.  That of a side's factor is in its start:
 * with z = start - t, but not below 0, the side is
 *
 *		2^15 2^(-z / 2^SHORT_LOG_UNIT),
 *
 * rounded down, plus the offset.  It is made as
 *
 *		(first last >> 16) >> whole,
 *
 * where whole is the whole part of the power, `first` is a table by the next
 * bits, and the last ones, j, make
 *
 *		last = LAST_START - (2^10 j LAST_SLOPE >> 16).
 *
 * That is at most the true power, and less by SHORT_POWER_ERROR of it at most,
 * but for the shift: short_root_sides_test.c goes through all.
 *
 * search/short_root_sides.c has slope, corrections and starts.
 */
#ifndef INTSEARCH_SHORT_ROOTS_H
#define INTSEARCH_SHORT_ROOTS_H

#include "core/kernels/kernels.h"

#define SHORT_LOG_UNIT    11
#define SHORT_POWER_ERROR 1.56e-4

/* Bits of z that make `last`, and those that make `first`. */
#define LAST_LOG   6
#define FIRST_LOG  (SHORT_LOG_UNIT - LAST_LOG)
#define LAST_START 32766
#define LAST_SLOPE 703

/* 2^16 2^(-i / 2^FIRST_LOG), rounded down, but 65535 for the first */
static const uint16_t first_powers[1 << FIRST_LOG] = {
	65535, 64131, 62757, 61412, 60096, 58809, 57548, 56315,
	55108, 53928, 52772, 51641, 50535, 49452, 48392, 47355,
	46340, 45347, 44376, 43425, 42494, 41584, 40693, 39821,
	38967, 38132, 37315, 36516, 35733, 34968, 34218, 33485};

#endif
