/*
 * text_form.c
 *		Writing and reading the text form of a stored feature map.
 */
#include "core/map/text_form.h"

#include <stdio.h>

/* One more than what a hexadecimal digit stands for; 0 where it is none. */
static const uint8_t digit_values[256] = {
	['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,
	['6'] = 7,  ['7'] = 8,  ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12,
	['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16, ['A'] = 11, ['B'] = 12,
	['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
};

int
text_form_head(char head[TEXT_FORM_HEAD_ROOM], const FeatureMap *map)
{
	return snprintf(head, TEXT_FORM_HEAD_ROOM,
					TEXT_FORM_PREFIX "%d:%d%c:%dx%dx%d:", map->version,
					map->bits, map->is_signed ? 's' : 'u', map->channels,
					map->height, map->width);
}

/* Digits that are read between two checks for interrupts. */
#define DIGITS_AT_ONCE ((size_t) 1 << 20)

/* Reads pairs of digits; false where there is anything else. */
static bool
read_digits(const Host *host, const char *digits, size_t count, uint8_t *bytes)
{
	if (count % 2 != 0)
		return false;
	for (size_t i = 0; i < count; i += 2)
	{
		int high = digit_values[(uint8_t) digits[i]] - 1;
		int low = digit_values[(uint8_t) digits[i + 1]] - 1;

		if (i % DIGITS_AT_ONCE == 0)
			host_check(host);
		if (high < 0 || low < 0)
			return false;
		bytes[i / 2] = (uint8_t) (high << 4 | low);
	}
	return true;
}

/* Reads the bytes and compares the head with theirs. */
static bool
read_text(const Host *host, const char *text, size_t head_length,
		  size_t length, uint8_t *bytes, CoreError *error)
{
	char head[TEXT_FORM_HEAD_ROOM];
	FeatureMap map;

	if (!read_digits(host, text + head_length, length - head_length, bytes))
		return core_error(
			error, ERROR_FORMAT,
			"text of a featmap does not end in pairs of hexadecimal digits");
	if (!feature_map_read_header(&map, bytes, (length - head_length) / 2,
								 error))
		return false;
	if ((size_t) text_form_head(head, &map) != head_length ||
		memcmp(head, text, head_length) != 0)
		return core_error(
			error, ERROR_FORMAT,
			"text of a featmap does not begin like its bytes, with \"%s\"",
			head);
	return true;
}

uint8_t *
text_form_read(const Host *host, const char *text, size_t length, size_t *size,
			   CoreError *error)
{
	size_t head_length = length;
	uint8_t *bytes;

	while (head_length > 0 && text[head_length - 1] != ':')
		head_length--;
	*size = (length - head_length) / 2;
	bytes = host_new(host, uint8_t, *size + 1);
	if (read_text(host, text, head_length, length, bytes, error))
		return bytes;
	host_free(host, bytes);
	return NULL;
}
