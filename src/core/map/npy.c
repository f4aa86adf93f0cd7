/*
 * npy.c
 *		Reading NumPy's .npy files.
 *
 * A file is the magic string, a version, the length of the header, the header,
 * which is a Python dictionary literal of three entries, and the elements. The
 * reader of the dictionary accepts what numpy.save writes and anything that
 * differs from it in spaces or in the order of the entries.
 */
#include "core/map/npy.h"

#include <ctype.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/bits.h"
#include "core/rounding.h"

#include "core/quote.h"

#define MAGIC      "\x93NUMPY"
#define MAGIC_SIZE 6

/* The part of the header that is not read yet. */
typedef struct HeaderText
{
	const char *next;
	const char *end;
} HeaderText;

static void
skip_spaces(HeaderText *text)
{
	while (text->next < text->end && isspace((unsigned char) *text->next))
		text->next++;
}

/* Takes the character if it comes next. */
static bool
take(HeaderText *text, char wanted)
{
	skip_spaces(text);
	if (text->next == text->end || *text->next != wanted)
		return false;
	text->next++;
	return true;
}

/*
 * Takes a quoted string without escapes that fits room, which ends up with a
 * final zero.
 */
static bool
take_string(HeaderText *text, char *string, size_t room)
{
	size_t length = 0;
	char quote;

	skip_spaces(text);
	if (text->next == text->end || (*text->next != '\'' && *text->next != '"'))
		return false;
	quote = *text->next++;
	while (text->next < text->end && *text->next != quote)
	{
		if (length + 1 == room || *text->next == '\\')
			return false;
		string[length++] = *text->next++;
	}
	string[length] = '\0';
	return take(text, quote);
}

/* Takes the word if it comes next. */
static bool
take_word(HeaderText *text, const char *word)
{
	size_t length = strlen(word);

	skip_spaces(text);
	if ((size_t) (text->end - text->next) < length ||
		memcmp(text->next, word, length) != 0)
		return false;
	text->next += length;
	return true;
}

/*
 * Takes a number of at most 15 digits, so that no product of it with an item's
 * size is lost.
 */
static bool
take_number(HeaderText *text, int64_t *number)
{
	int digits = 0;

	skip_spaces(text);
	*number = 0;
	while (text->next < text->end && isdigit((unsigned char) *text->next))
	{
		*number = *number * 10 + (*text->next++ - '0');
		if (++digits > 15)
			return false;
	}
	return digits > 0;
}

/*
 * Takes "(3, 4, 5)", or "(3,)"; counts all dimensions, keeps the first
 * NPY_MAX_DIMS.
 */
static bool
take_shape(HeaderText *text, NpyArray *array)
{
	array->dims = 0;
	if (!take(text, '('))
		return false;
	while (!take(text, ')'))
	{
		int64_t length;

		if (array->dims > 0 && !take(text, ','))
			return false;
		if (take(text, ')'))
			break;
		if (!take_number(text, &length))
			return false;
		/* a long integer of Python 2, 3L */
		if (text->next < text->end && *text->next == 'L')
			text->next++;
		if (array->dims < NPY_MAX_DIMS)
			array->shape[array->dims] = length;
		array->dims++;
	}
	return true;
}

static bool
set_element_type(NpyArray *array, const char *descr, CoreError *error)
{
	static const char *const readable[] = {"f2", "f4", "f8", "u1", "i1"};
	char quoted[QUOTE_ROOM];

	if (strlen(descr) == 3 && strchr("<>|=", descr[0]) != NULL)
		for (size_t i = 0; i < sizeof(readable) / sizeof(readable[0]); i++)
			if (strcmp(descr + 1, readable[i]) == 0)
			{
				array->kind = descr[1];
				array->item_size = descr[2] - '0';
				array->is_big_endian = descr[0] == '>';
				return true;
			}
	return core_error(
		error, ERROR_UNSUPPORTED,
		".npy elements of type \"%s\" are not supported, only float16, float32, float64, uint8 and int8",
		quote_input(descr, strlen(descr), quoted));
}

static bool
read_dictionary(NpyArray *array, HeaderText text, char *descr,
				size_t descr_room)
{
	bool has_descr = false, has_order = false, has_shape = false;

	if (!take(&text, '{'))
		return false;
	while (!take(&text, '}'))
	{
		char key[16];

		if (!take_string(&text, key, sizeof(key)) || !take(&text, ':'))
			return false;
		if (strcmp(key, "descr") == 0 && !has_descr)
			has_descr = take_string(&text, descr, descr_room);
		else if (strcmp(key, "fortran_order") == 0 && !has_order)
		{
			array->is_fortran = take_word(&text, "True");
			has_order = array->is_fortran || take_word(&text, "False");
		}
		else if (strcmp(key, "shape") == 0 && !has_shape)
			has_shape = take_shape(&text, array);
		else
			return false;
		if (!take(&text, ',') && (text.next == text.end || *text.next != '}'))
			return false;
	}
	skip_spaces(&text);
	return has_descr && has_order && has_shape && text.next == text.end;
}

bool
npy_is_file(const uint8_t *bytes, size_t size)
{
	return size >= MAGIC_SIZE && memcmp(bytes, MAGIC, MAGIC_SIZE) == 0;
}

/* Finds the header's text; the elements start where it ends. */
static bool
split_file(const uint8_t *bytes, size_t size, HeaderText *text,
		   CoreError *error)
{
	const size_t length_at = MAGIC_SIZE + 2;
	size_t length_size, header_size = 0;
	int major, minor;

	if (!npy_is_file(bytes, size))
		return core_error(
			error, ERROR_FORMAT,
			"not an .npy file: it does not start with \\x93NUMPY");
	if (size < length_at)
		return core_error(error, ERROR_FORMAT,
						  ".npy file of %zu bytes ends inside its version",
						  size);
	major = bytes[MAGIC_SIZE];
	minor = bytes[MAGIC_SIZE + 1];
	if (major < 1 || major > 3 || minor != 0)
		return core_error(
			error, ERROR_UNSUPPORTED,
			".npy format version %d.%d is not supported, only 1.0, 2.0 and 3.0",
			major, minor);
	length_size = major == 1 ? 2 : 4;
	if (size < length_at + length_size)
		return core_error(
			error, ERROR_FORMAT,
			".npy file of %zu bytes ends inside its header's length", size);
	for (size_t i = 0; i < length_size; i++)
		header_size |= (size_t) bytes[length_at + i] << (8 * i);
	if (size - (length_at + length_size) < header_size)
		return core_error(
			error, ERROR_FORMAT,
			".npy file of %zu bytes ends inside its header of %zu", size,
			header_size);
	text->next = (const char *) bytes + length_at + length_size;
	text->end = text->next + header_size;
	return true;
}

/* The size in bytes that the header promises; refuses more than any map's. */
static bool
promised_size(const NpyArray *array, uint64_t *size, CoreError *error)
{
	*size = (uint64_t) array->item_size;
	for (int i = 0; i < array->dims; i++)
	{
		bool fits = array->shape[i] <= INT32_MAX;

		if (fits)
			*size *= (uint64_t) array->shape[i];
		if (!fits || *size > UINT32_MAX)
			return core_error(error, ERROR_LIMIT,
							  ".npy array is larger than a value can be");
	}
	return true;
}

/* Reads the header of an array of `dims` dimensions, or one more. */
static bool
open_array(NpyArray *array, int dims, const uint8_t *bytes, size_t size,
		   CoreError *error)
{
	HeaderText text = {0};
	char descr[32] = "";
	size_t data_size;
	uint64_t expected;

	if (!split_file(bytes, size, &text, error))
		return false;
	if (!read_dictionary(array, text, descr, sizeof(descr)))
		return core_error(
			error, ERROR_FORMAT,
			".npy header is not a dictionary of descr, fortran_order and shape of one plain array");
	if (!set_element_type(array, descr, error))
		return false;
	if (array->dims != dims && array->dims != dims + 1)
		return core_error(
			error, ERROR_SHAPE,
			".npy array has %d dimensions, expected %d, or %d with a batch of one",
			array->dims, dims, dims + 1);
	array->data = (const uint8_t *) text.end;
	data_size = bytes + size - array->data;
	if (!promised_size(array, &expected, error))
		return false;
	if (data_size != expected)
		return core_error(
			error, ERROR_FORMAT,
			".npy file has %zu bytes of elements, its header promises %zu",
			data_size, (size_t) expected);
	return true;
}

bool
npy_open(NpyArray *array, const uint8_t *bytes, size_t size, CoreError *error)
{
	return open_array(array, 3, bytes, size, error);
}

bool
npy_open_tokens(NpyArray *array, const uint8_t *bytes, size_t size,
				CoreError *error)
{
	return open_array(array, 2, bytes, size, error);
}

bool
npy_map_shape(const NpyArray *array, NpyLayout layout, int64_t *channels,
			  int64_t *height, int64_t *width, CoreError *error)
{
	const int64_t *shape = array->shape + (array->dims - 3);

	*channels = shape[layout == NPY_CHANNELS_FIRST ? 0 : 2];
	*height = shape[layout == NPY_CHANNELS_FIRST ? 1 : 0];
	*width = shape[layout == NPY_CHANNELS_FIRST ? 2 : 1];
	if (array->dims == 4 && array->shape[0] != 1)
		return core_error(
			error, ERROR_SHAPE,
			".npy array holds a batch of %lld feature maps, expected 1",
			(long long) array->shape[0]);
	return true;
}

/*
 * IEEE 754 half precision, by its bits.  Shifted into a float's place, the
 * exponent is off by 112, which a product corrects: exactly, and for subnormal
 * numbers, too.  Infinity and NaN are given their exponent.
 */
static inline float
half_to_float(uint16_t half)
{
	uint32_t sign = (uint32_t) (half & 0x8000) << 16;
	uint32_t special = (half & 0x7c00) == 0x7c00 ? 0x7f800000 : 0;
	float magnitude =
		float_from_bits((uint32_t) (half & 0x7fff) << 13) * 0x1p112f;

	return float_from_bits(float_bits(magnitude) | special | sign);
}

/* The element's bytes as one number, first byte lowest. */
static inline uint64_t
load_item(const uint8_t *item, int size, bool is_big_endian)
{
	uint64_t bits = 0;

	for (int i = 0; i < size; i++)
		bits |= (uint64_t) item[is_big_endian ? size - 1 - i : i] << (8 * i);
	return bits;
}

static inline float
item_value(const uint8_t *item, char kind, int size, bool is_big_endian)
{
	uint64_t bits = load_item(item, size, is_big_endian);
	double value;

	if (kind == 'u')
		return (float) bits;
	if (kind == 'i')
		return (int8_t) bits;
	if (size == 2)
		return half_to_float((uint16_t) bits);
	if (size == 4)
		return float_from_bits((uint32_t) bits);
	memcpy(&value, &bits, sizeof(value));
	return nearest_float(value);
}

bool
npy_machine_is_big_endian(void)
{
	uint16_t one = 1;
	uint8_t first;

	memcpy(&first, &one, 1);
	return first == 0;
}

/*
 * Converts count elements that lie item_step bytes apart.  There is a call for
 * each type, so that the compiler makes a loop for each, and one more for the
 * usual case of halves that the machine can load as they are.
 */
VECTOR_CLONES static void
convert_run(const NpyArray *array, const uint8_t *item, size_t item_step,
			size_t count, float *values)
{
	bool big = array->is_big_endian;

#define CONVERT(kind, size, order)     \
	for (size_t i = 0; i < count; i++) \
	values[i] = item_value(item + i * item_step, kind, size, order)

	if (array->item_size == 2 && item_step == 2 &&
		big == npy_machine_is_big_endian())
		for (size_t i = 0; i < count; i++)
		{
			uint16_t half;

			memcpy(&half, item + 2 * i, sizeof(half));
			values[i] = half_to_float(half);
		}
	else if (array->kind == 'u')
		CONVERT('u', 1, false);
	else if (array->kind == 'i')
		CONVERT('i', 1, false);
	else if (array->item_size == 2 && big)
		CONVERT('f', 2, true);
	else if (array->item_size == 2)
		CONVERT('f', 2, false);
	else if (array->item_size == 4 && big)
		CONVERT('f', 4, true);
	else if (array->item_size == 4)
		CONVERT('f', 4, false);
	else if (big)
		CONVERT('f', 8, true);
	else
		CONVERT('f', 8, false);
#undef CONVERT
}

/*
 * Elements that are converted between two checks for interrupts: milliseconds
 * where they lie far apart.
 */
#define ELEMENTS_AT_ONCE ((int64_t) 1 << 18)

/*
 * Converts what starts at first, shape[0] channels of shape[1] x shape[2]
 * cells, with step[i] bytes between neighbours in dimension i.
 */
static void
read_cells(const Host *host, const NpyArray *array, const uint8_t *first,
		   const int64_t shape[3], const size_t step[3], float *values)
{
	int64_t height = shape[1], width = shape[2];

	if (step[1] == width * step[2])
	{
		/* rows that follow each other without a gap are one long row */
		width *= height;
		height = 1;
	}
	for (int64_t c = 0; c < shape[0]; c++)
		for (int64_t y = 0; y < height; y++)
			for (int64_t x = 0; x < width; x += ELEMENTS_AT_ONCE)
			{
				host_check(host);
				convert_run(array,
							first + c * step[0] + y * step[1] + x * step[2],
							step[2],
							width - x < ELEMENTS_AT_ONCE ? width - x
														 : ELEMENTS_AT_ONCE,
							values + (c * height + y) * width + x);
			}
}

/*
 * Bytes between neighbours in each of the last `dims` dimensions; one of a
 * batch before them has no more than one element.
 */
static void
find_steps(const NpyArray *array, int dims, size_t *step)
{
	const int64_t *shape = array->shape + (array->dims - dims);

	for (int i = 0; i < dims; i++)
	{
		step[i] = array->item_size;
		for (int inner = array->is_fortran ? 0 : i + 1;
			 inner < (array->is_fortran ? i : dims); inner++)
			step[i] *= shape[inner];
	}
}

bool
npy_read_values(const Host *host, const NpyArray *array, NpyLayout layout,
				float *values, CoreError *error)
{
	bool channels_first = layout == NPY_CHANNELS_FIRST;
	int64_t shape[3];
	size_t step[3];

	if (!npy_map_shape(array, layout, &shape[0], &shape[1], &shape[2], error))
		return false;
	find_steps(array, 3, step);
	read_cells(host, array, array->data, shape,
			   (size_t[]){step[channels_first ? 0 : 2],
						  step[channels_first ? 1 : 0],
						  step[channels_first ? 2 : 1]},
			   values);
	return true;
}

/* Refuses a number of tokens that does not fit the grid of cells. */
static bool
check_tokens(int64_t tokens, int height, int width, CoreError *error)
{
	int64_t cells = (int64_t) height * width;

	if (tokens < cells)
		return core_error(
			error, ERROR_SHAPE,
			"array has %lld tokens, too few for %d x %d cells, which are %lld",
			(long long) tokens, height, width, (long long) cells);
	if (tokens - cells > NPY_MAX_OTHER_TOKENS)
		return core_error(
			error, ERROR_SHAPE,
			"array has %lld tokens, %lld more than %d x %d cells: at most %d may come before them",
			(long long) tokens, (long long) (tokens - cells), height, width,
			NPY_MAX_OTHER_TOKENS);
	return true;
}

bool
npy_tokens_shape(const NpyArray *array, int height, int width,
				 int64_t *channels, CoreError *error)
{
	*channels = array->shape[array->dims - 1];
	if (array->dims == 3 && array->shape[0] != 1)
		return core_error(
			error, ERROR_SHAPE,
			"array of tokens holds a batch of %lld images, expected 1",
			(long long) array->shape[0]);
	return check_tokens(array->shape[array->dims - 2], height, width, error);
}

bool
npy_read_tokens(const Host *host, const NpyArray *array, int height, int width,
				float *values, CoreError *error)
{
	int64_t channels, others;
	size_t step[2];

	if (!npy_tokens_shape(array, height, width, &channels, error))
		return false;
	find_steps(array, 2, step);
	others = array->shape[array->dims - 2] - (int64_t) height * width;
	read_cells(host, array, array->data + others * step[0],
			   (int64_t[]){channels, height, width},
			   (size_t[]){step[1], width * step[0], step[0]}, values);
	return true;
}
