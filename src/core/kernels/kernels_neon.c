/*
 * kernels_neon.c
 *		The kernels for ARM processors of 64 bits, all of which have NEON.  See
 *		kernels.h for what each does.
 *
 * Where vectors of eight numbers are asked for, they are two or four of NEON's
 * 16 bytes.  The lowest byte of a word is the first.
 */
#if defined(__AARCH64EL__)

#include <arm_neon.h>

#include "core/kernels/kernels_isa.h"

#define TARGET

#define KERNEL(type, member) static type member

typedef float32x4x2_t Floats;
typedef int32x4x2_t Ints;
typedef uint32x4x2_t Mask;

static inline Floats
load_floats(const float *from)
{
	return (Floats){{vld1q_f32(from), vld1q_f32(from + 4)}};
}

static inline Ints
load_ints(const int32_t *from)
{
	return (Ints){{vld1q_s32(from), vld1q_s32(from + 4)}};
}

static inline void
store_floats(float *to, Floats floats)
{
	vst1q_f32(to, floats.val[0]);
	vst1q_f32(to + 4, floats.val[1]);
}

static inline Floats
all_lanes(float number)
{
	return (Floats){{vdupq_n_f32(number), vdupq_n_f32(number)}};
}

static inline Floats
add_floats(Floats first, Floats second)
{
	return (Floats){{vaddq_f32(first.val[0], second.val[0]),
					 vaddq_f32(first.val[1], second.val[1])}};
}

static inline Floats
subtract_floats(Floats first, Floats second)
{
	return (Floats){{vsubq_f32(first.val[0], second.val[0]),
					 vsubq_f32(first.val[1], second.val[1])}};
}

static inline Floats
multiply_floats(Floats first, Floats second)
{
	return (Floats){{vmulq_f32(first.val[0], second.val[0]),
					 vmulq_f32(first.val[1], second.val[1])}};
}

static inline Ints
add_ints(Ints first, Ints second)
{
	return (Ints){{vaddq_s32(first.val[0], second.val[0]),
				   vaddq_s32(first.val[1], second.val[1])}};
}

static inline Ints
and_ints(Ints first, Ints second)
{
	return (Ints){{vandq_s32(first.val[0], second.val[0]),
				   vandq_s32(first.val[1], second.val[1])}};
}

static inline void
store_ints(int32_t *to, Ints ints)
{
	vst1q_s32(to, ints.val[0]);
	vst1q_s32(to + 4, ints.val[1]);
}

static inline Ints
subtract_ints(Ints first, Ints second)
{
	return (Ints){{vsubq_s32(first.val[0], second.val[0]),
				   vsubq_s32(first.val[1], second.val[1])}};
}

static inline Floats
floats_of(Ints ints)
{
	return (Floats){{vcvtq_f32_s32(ints.val[0]), vcvtq_f32_s32(ints.val[1])}};
}

static inline Floats
square_root(Floats floats)
{
	return (Floats){{vsqrtq_f32(floats.val[0]), vsqrtq_f32(floats.val[1])}};
}

static inline Floats
absolute(Floats floats)
{
	return (Floats){{vabsq_f32(floats.val[0]), vabsq_f32(floats.val[1])}};
}

/* NEON's own maximum is NaN where one is, and 0 where one is -0. */
static inline float32x4_t
greater_of_four(float32x4_t first, float32x4_t second)
{
	return vbslq_f32(vcgtq_f32(first, second), first, second);
}

static inline Floats
greater_of(Floats first, Floats second)
{
	return (Floats){{greater_of_four(first.val[0], second.val[0]),
					 greater_of_four(first.val[1], second.val[1])}};
}

static inline Mask
ints_at_least(Ints ints, int least)
{
	int32x4_t limit = vdupq_n_s32(least);

	return (Mask){
		{vcgeq_s32(ints.val[0], limit), vcgeq_s32(ints.val[1], limit)}};
}

static inline Mask
at_least(Floats first, Floats second)
{
	return (Mask){{vcgeq_f32(first.val[0], second.val[0]),
				   vcgeq_f32(first.val[1], second.val[1])}};
}

static inline Mask
in_both(Mask first, Mask second)
{
	return (Mask){{vandq_u32(first.val[0], second.val[0]),
				   vandq_u32(first.val[1], second.val[1])}};
}

static inline bool
any_in_both(Mask first, Mask second)
{
	Mask both = in_both(first, second);

	return vmaxvq_u32(vorrq_u32(both.val[0], both.val[1])) != 0;
}

static inline unsigned
bits_in_both(Mask first, Mask second)
{
	static const uint32_t bits[] = {1, 2, 4, 8, 16, 32, 64, 128};
	Mask both = in_both(first, second);

	return vaddvq_u32(vorrq_u32(vandq_u32(both.val[0], vld1q_u32(bits)),
								vandq_u32(both.val[1], vld1q_u32(bits + 4))));
}

#include "core/kernels/kernels_select.h"

/* The order of kernels.h. */
static inline float
sum_of_floats(Floats lanes)
{
	float32x4_t four = vaddq_f32(lanes.val[0], lanes.val[1]);
	float32x2_t two = vadd_f32(vget_low_f32(four), vget_high_f32(four));

	return vget_lane_f32(two, 0) + vget_lane_f32(two, 1);
}

#include "core/kernels/kernels_sums.h"

static inline Ints
widen_narrow(const uint8_t *numbers)
{
	int16x8_t eight = vmovl_s8(vld1_s8((const int8_t *) numbers));

	return (Ints){{vmovl_s16(vget_low_s16(eight)), vmovl_high_s16(eight)}};
}

static inline Ints
widen_wide(const uint8_t *numbers)
{
	int16x4_t wide = vreinterpret_s16_u8(vld1_u8(numbers));
	/* the last four numbers are the upper half of what is loaded */
	int16x8_t last = vmovl_s8(vld1_s8((const int8_t *) numbers + 4));

	return (Ints){{vmovl_s16(wide), vmovl_high_s16(last)}};
}

#include "core/kernels/kernels_sketch.h"

static inline uint16x8_t
widen_eight(const uint8_t *codes, bool is_signed)
{
	uint8x8_t bytes = vld1_u8(codes);

	return is_signed
			   ? vreinterpretq_u16_s16(vmovl_s8(vreinterpret_s8_u8(bytes)))
			   : vmovl_u8(bytes);
}

typedef float64x2x4_t EightDoubles;

static inline EightDoubles
load_eight(const double *from)
{
	return (EightDoubles){{vld1q_f64(from), vld1q_f64(from + 2),
						   vld1q_f64(from + 4), vld1q_f64(from + 6)}};
}

static inline EightDoubles
add_eight(EightDoubles first, EightDoubles second)
{
	for (int i = 0; i < 4; i++)
		first.val[i] = vaddq_f64(first.val[i], second.val[i]);
	return first;
}

static inline EightDoubles
multiply_eight(EightDoubles first, EightDoubles second)
{
	for (int i = 0; i < 4; i++)
		first.val[i] = vmulq_f64(first.val[i], second.val[i]);
	return first;
}

/* The order of kernels.h. */
static inline double
sum_of_eight(EightDoubles sums)
{
	float64x2_t two = vaddq_f64(vaddq_f64(sums.val[0], sums.val[2]),
								vaddq_f64(sums.val[1], sums.val[3]));

	return vgetq_lane_f64(two, 0) + vgetq_lane_f64(two, 1);
}

#include "core/kernels/kernels_cosine.h"

#define DOT_CODES 8

typedef int16x8_t DotCodes;
typedef int32x4_t DotSums;

static inline DotCodes
widen_codes(const uint8_t *codes, bool is_signed)
{
	return vreinterpretq_s16_u16(widen_eight(codes, is_signed));
}

static inline DotSums
add_products(DotSums sums, DotCodes codes, const int16_t *weights)
{
	int16x8_t factors = vld1q_s16(weights);

	sums = vmlal_s16(sums, vget_low_s16(codes), vget_low_s16(factors));
	return vmlal_high_s16(sums, codes, factors);
}

#define add_dot_sums vaddq_s32
#define sum_of_dots  vaddvq_s32

static inline void
store_four_dots(int32_t *to, DotSums first, DotSums second, DotSums third,
				DotSums fourth)
{
	vst1q_s32(to, vpaddq_s32(vpaddq_s32(first, second),
							 vpaddq_s32(third, fourth)));
}

#include "core/kernels/kernels_dots.h"

static int
count_set_bits(const uint8_t *bytes, int size)
{
	int count = 0;
	int i = 0;

	for (; i + 8 <= size; i += 8)
		count += vaddv_u8(vcnt_u8(vld1_u8(bytes + i)));
	for (; i < size; i++)
		count += __builtin_popcount(bytes[i]);
	return count;
}

static inline void
shuffle_eight(uint8_t *out, const uint8_t *codes, const uint64_t *shuffle)
{
	vst1_u8(out, vtbl1_u8(vld1_u8(codes), vcreate_u8(*shuffle)));
}

#include "core/kernels/kernels_unpack.h"

typedef uint8x16x4_t Cell;

static inline Cell
load_cell(const uint8_t *codes)
{
	return (Cell){{vld1q_u8(codes), vld1q_u8(codes + 16), vld1q_u8(codes + 32),
				   vld1q_u8(codes + 48)}};
}

static inline void
store_cell(uint8_t *codes, Cell cell)
{
	for (int i = 0; i < 4; i++)
		vst1q_u8(codes + 16 * i, cell.val[i]);
}

static inline Cell
greater_codes(Cell first, Cell second, bool is_signed)
{
	for (int i = 0; i < 4; i++)
		first.val[i] = is_signed
						   ? vreinterpretq_u8_s8(
								 vmaxq_s8(vreinterpretq_s8_u8(first.val[i]),
										  vreinterpretq_s8_u8(second.val[i])))
						   : vmaxq_u8(first.val[i], second.val[i]);
	return first;
}

#include "core/kernels/kernels_greatest.h"

/* Eight channels each. */
typedef struct PairSums
{
	uint16x8_t eight[8];
} PairSums;

/* The sums of eight codes each, in 16 bits. */
static inline uint16x8_t
sums_of_pairs(uint8x8_t first, uint8x8_t second, bool is_signed)
{
	return is_signed
			   ? vreinterpretq_u16_s16(vaddl_s8(vreinterpret_s8_u8(first),
												vreinterpret_s8_u8(second)))
			   : vaddl_u8(first, second);
}

static inline void
add_pair(Cell first, Cell second, bool is_signed, PairSums *sums)
{
	for (int i = 0; i < 4; i++)
	{
		uint16x8_t *to = sums->eight + 2 * i;

		to[0] = vaddq_u16(to[0], sums_of_pairs(vget_low_u8(first.val[i]),
											   vget_low_u8(second.val[i]),
											   is_signed));
		to[1] = vaddq_u16(to[1], sums_of_pairs(vget_high_u8(first.val[i]),
											   vget_high_u8(second.val[i]),
											   is_signed));
	}
}

/*
 * Adds four sums of 16 bits, signed or not, to four of 32 bits, or subtracts
 * them.
 */
static inline void
flush_four(uint16x4_t sums, bool is_signed, bool negate, uint32_t *out)
{
	uint32x4_t wide =
		is_signed
			? vreinterpretq_u32_s32(vmovl_s16(vreinterpret_s16_u16(sums)))
			: vmovl_u16(sums);
	uint32x4_t old = vld1q_u32(out);

	vst1q_u32(out, negate ? vsubq_u32(old, wide) : vaddq_u32(old, wide));
}

static inline void
flush_pairs(const PairSums *sums, bool is_signed, bool negate, uint32_t *out)
{
	for (int i = 0; i < 8; i++, out += 8)
	{
		flush_four(vget_low_u16(sums->eight[i]), is_signed, negate, out);
		flush_four(vget_high_u16(sums->eight[i]), is_signed, negate, out + 4);
	}
}

#include "core/kernels/kernels_cells.h"

#include "core/kernels/box_sides_plain.h"
#include "core/kernels/look_up_plain.h"
#include "core/kernels/short_sides_neon.h"
#include "core/kernels/power_sides_plain.h"
#include "core/kernels/code_dots_neon.h"

const Kernels kernels_neon = {
	.name = "neon",
	.unpack_cells = unpack_cells,
	.dot_cells = dot_cells,
	.dot_four = dot_four,
	.add_cells = add_cells,
	.cosine_parts = cosine_parts,
	.cosine_parts_float = cosine_parts_float,
	.subtract = subtract,
	.block_slack = block_slack,
	.select_windows = select_windows,
	.decode_row = decode_row,
	.sketch_square = sketch_square,
	.sums_square = sums_square,
	.greatest = greatest,
	.box_parts = box_parts,
	.sides_of_codes = sides_of_codes,
	.squares_of_codes = squares_of_codes,
	.look_up_powers = look_up_powers,
	.add_powers = add_powers,
	.run_powers = run_powers,
	.sides_of_powers = sides_of_powers,
	.dot_halves = dot_halves,
	.dot_bits = dot_bits,
};

#endif
