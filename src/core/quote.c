/*
 * quote.c
 *		Pieces of input as error messages show them.
 */
#include "core/quote.h"

#include <stdio.h>
#include <string.h>

const char *
quote_input(const char *bytes, size_t length, char *quoted)
{
	char *out = quoted;

	for (size_t i = 0; i < length; i++)
	{
		unsigned char byte = (unsigned char) bytes[i];
		int is_plain = byte >= 0x20 && byte < 0x7f && byte != '\\';

		if (out + (is_plain ? 1 : 4) > quoted + QUOTE_MOST)
		{
			memcpy(out, "...", 4);
			return quoted;
		}
		if (is_plain)
			*out++ = (char) byte;
		else
			out += sprintf(out, "\\x%02x", byte);
	}
	*out = '\0';
	return quoted;
}
