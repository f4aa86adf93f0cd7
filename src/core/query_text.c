/*
 * query_text.c
 *		Reading and writing the text form of a query.
 */
#include "core/query_text.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/map/feature_map.h"
#include "core/quote.h"

/* Characters of a float and of a double at most, the sign included. */
#define FLOAT_ROOM  16
#define DOUBLE_ROOM 32

/* The longest name of a setting, and of a pooling. */
#define WORD_ROOM 16

typedef enum SettingType
{
	SETTING_NUMBER,
	SETTING_CELLS,
	SETTING_POOLING,
	SETTING_DROPPED /* a number that is read, and is no part of the query */
} SettingType;

typedef struct Setting
{
	const char *name;
	SettingType type;
	size_t offset; /* in SearchQuery */
} Setting;

#define CONSTRAINT(name, type)                               \
	{                                                        \
#name, type, offsetof(SearchQuery, constraints.name) \
	}

/* In the order of the constructor's arguments. */
static const Setting settings[] = {
	CONSTRAINT(aspect, SETTING_NUMBER),
	CONSTRAINT(tolerance, SETTING_NUMBER),
	{"pooling", SETTING_POOLING, offsetof(SearchQuery, pooling.kind)},
	{"exponent", SETTING_NUMBER, offsetof(SearchQuery, pooling.exponent)},
	CONSTRAINT(min_height, SETTING_CELLS),
	CONSTRAINT(max_height, SETTING_CELLS),
	CONSTRAINT(min_width, SETTING_CELLS),
	CONSTRAINT(max_width, SETTING_CELLS),
	{"min_score", SETTING_NUMBER, offsetof(SearchQuery, min_score)},
	/* what the planner tells a query; see functions/nearest.c */
	{"nearest", SETTING_DROPPED, 0},
};

#define SETTINGS ((int) (sizeof(settings) / sizeof(settings[0])))

/* What is left of a text. */
typedef struct QueryText
{
	const char *next;
	CoreError *error;
} QueryText;

static bool
refuse_text(QueryText *text, const char *trouble)
{
	char quoted[QUOTE_ROOM];

	if (*text->next == '\0')
		return core_error(text->error, ERROR_FORMAT,
						  "invalid input syntax for type featquery: %s at "
						  "the end",
						  trouble);
	return core_error(text->error, ERROR_FORMAT,
					  "invalid input syntax for type featquery: %s at \"%s\"",
					  trouble,
					  quote_input(text->next, strlen(text->next), quoted));
}

/* In ASCII alone: what bytes beyond it are depends on the locale. */
static bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool
is_in_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static void
skip_spaces(QueryText *text)
{
	while (is_space(*text->next))
		text->next++;
}

/* Takes the character if it comes next, after spaces. */
static bool
take(QueryText *text, char wanted)
{
	skip_spaces(text);
	if (*text->next != wanted)
		return false;
	text->next++;
	return true;
}

static bool
refuse_range(QueryText *text, const char *start, size_t length)
{
	char quoted[QUOTE_ROOM];

	return core_error(text->error, ERROR_NOT_FINITE,
					  "\"%s\" is out of range for a query",
					  quote_input(start, length, quoted));
}

/* Takes an element of the vector, quoted or not. */
static bool
take_element(QueryText *text, float *element)
{
	bool is_quoted = take(text, '"');
	const char *start;
	char *end;

	skip_spaces(text);
	start = text->next;
	if (strncasecmp(start, "NULL", 4) == 0)
		return core_error(text->error, ERROR_NULL,
						  "query must not contain nulls");
	errno = 0;
	*element = strtof(start, &end);
	if (end == start)
		return refuse_text(text, "expected a number");
	text->next = end;
	if (errno == ERANGE && (isinf(*element) || *element == 0))
		return refuse_range(text, start, end - start);
	return !is_quoted || take(text, '"') ||
		   refuse_text(text, "expected a quote");
}

/* Counts the elements up to the closing bracket: one more than commas. */
static size_t
count_elements(const char *text, char closing)
{
	size_t count = 1;

	for (; *text != closing && *text != '\0'; text++)
		count += *text == ',';
	return count;
}

/* Takes the bracket that a vector opens with, and counts its elements. */
static bool
take_opening(QueryText *text, char *closing, size_t *count)
{
	*closing = take(text, '{') ? '}' : ']';
	if (*closing == ']' && !take(text, '['))
		return refuse_text(text, "expected \"{\" or \"[\"");
	skip_spaces(text);
	if (*text->next == *closing)
		return core_error(text->error, ERROR_SHAPE, "query has no elements");
	if (*text->next == '{' || *text->next == '[')
		return core_error(text->error, ERROR_SHAPE,
						  "query has more than one dimension, expected 1");
	*count = count_elements(text->next, *closing);
	if (*count > FEATMAP_MAX_CHANNELS)
		return core_error(text->error, ERROR_LIMIT,
						  "query cannot have more than %d elements, not %zu",
						  FEATMAP_MAX_CHANNELS, *count);
	return true;
}

/* Takes the elements of a vector, [count], and the bracket after them. */
static bool
take_elements(QueryText *text, float *vector, size_t count, char closing)
{
	for (size_t i = 0; i < count; i++)
	{
		if (!take_element(text, &vector[i]))
			return false;
		if (!take(text, i + 1 < count ? ',' : closing))
			return refuse_text(text, "expected \",\" or the closing bracket");
	}
	return true;
}

/* Takes a vector; the host's, NULL and an error where there is none. */
static float *
take_vector(const Host *host, QueryText *text, int *length)
{
	char closing;
	size_t count;
	float *vector;

	if (!take_opening(text, &closing, &count))
		return NULL;
	vector = host_new(host, float, count);
	if (!take_elements(text, vector, count, closing))
	{
		host_free(host, vector);
		return NULL;
	}
	*length = (int) count;
	return vector;
}

/* Takes a word of letters and underscores, cut at WORD_ROOM. */
static bool
take_word(QueryText *text, const char *what, char *word)
{
	size_t length = 0;

	skip_spaces(text);
	while (is_in_word(text->next[length]))
		length++;
	if (length == 0)
		return refuse_text(text, what);
	if (length >= WORD_ROOM)
		length = WORD_ROOM - 1;
	memcpy(word, text->next, length);
	word[length] = '\0';
	text->next += length;
	return true;
}

static bool
take_number(QueryText *text, double *number)
{
	const char *start;
	char *end;

	skip_spaces(text);
	start = text->next;
	errno = 0;
	*number = strtod(start, &end);
	if (end == start)
		return refuse_text(text, "expected a number");
	if (errno == ERANGE && (isinf(*number) || *number == 0))
		return refuse_range(text, start, end - start);
	text->next = end;
	return true;
}

static bool
take_cells(QueryText *text, int *cells)
{
	const char *start;
	char *end;
	long number;

	skip_spaces(text);
	start = text->next;
	errno = 0;
	number = strtol(start, &end, 10);
	if (end == start)
		return refuse_text(text, "expected a whole number");
	if (errno == ERANGE || number < INT_MIN || number > INT_MAX)
		return refuse_range(text, start, end - start);
	text->next = end;
	*cells = (int) number;
	return true;
}

static bool
take_pooling(QueryText *text, PoolingKind *kind)
{
	char word[WORD_ROOM];

	return take_word(text, "expected a pooling", word) &&
		   pooling_named(word, kind, text->error);
}

static bool
take_value(QueryText *text, const Setting *setting, SearchQuery *query)
{
	void *field = (char *) query + setting->offset;
	int dropped;

	switch (setting->type)
	{
		case SETTING_NUMBER:
			return take_number(text, field);
		case SETTING_CELLS:
			return take_cells(text, field);
		case SETTING_POOLING:
			return take_pooling(text, field);
		case SETTING_DROPPED:
			return take_cells(text, &dropped);
	}
	return false;
}

static int
find_setting(const char *name)
{
	int i = 0;

	while (i < SETTINGS && strcmp(settings[i].name, name) != 0)
		i++;
	return i;
}

/* Takes name=value; given has a bit for each setting so far. */
static bool
take_setting(QueryText *text, SearchQuery *query, unsigned *given)
{
	char name[WORD_ROOM];
	int number;

	if (!take_word(text, "expected the name of a setting", name))
		return false;
	number = find_setting(name);
	if (number == SETTINGS)
		return core_error(text->error, ERROR_FORMAT,
						  "query has no setting \"%s\"", name);
	if (*given >> number & 1)
		return core_error(text->error, ERROR_FORMAT,
						  "setting \"%s\" of a query is given twice", name);
	*given |= 1u << number;
	if (!take(text, '='))
		return refuse_text(text, "expected \"=\"");
	if (!take_value(text, &settings[number], query))
		return false;
	if (*text->next != '\0' && !is_space(*text->next))
		return refuse_text(text, "expected a space");
	skip_spaces(text);
	return true;
}

float *
query_text_read(const Host *host, const char *input, SearchQuery *query,
				CoreError *error)
{
	QueryText text = {input, error};
	unsigned given = 0;
	float *vector;

	*query = query_default();
	vector = take_vector(host, &text, &query->length);
	if (vector == NULL)
		return NULL;
	query->vector = vector;
	skip_spaces(&text);
	while (*text.next != '\0')
		if (!take_setting(&text, query, &given))
			goto refuse;
	query->constraints.any_aspect = (given & 1) == 0;
	if (query_check(query, error))
		return vector;
refuse:
	host_free(host, vector);
	return NULL;
}

/* Writing ----------------------------------------------------------------- */

static size_t
write_float(float number, char *out)
{
	int length = 0;

	for (int digits = 6; digits <= 9; digits++)
	{
		length = snprintf(out, FLOAT_ROOM, "%.*g", digits, number);
		if (strtof(out, NULL) == number)
			break;
	}
	return (size_t) length;
}

static size_t
write_double(double number, char *out)
{
	int length = 0;

	for (int digits = 15; digits <= 17; digits++)
	{
		length = snprintf(out, DOUBLE_ROOM, "%.*g", digits, number);
		if (strtod(out, NULL) == number)
			break;
	}
	return (size_t) length;
}

/* Writes the value of a setting; nothing where it is the default. */
static size_t
write_value(const Setting *setting, const SearchQuery *query,
			const SearchQuery *usual, char *out)
{
	const void *field = (const char *) query + setting->offset;
	const void *usual_field = (const char *) usual + setting->offset;
	PoolingKind kind;

	switch (setting->type)
	{
		case SETTING_NUMBER:
			return *(const double *) field == *(const double *) usual_field
					   ? 0
					   : write_double(*(const double *) field, out);
		case SETTING_CELLS:
			return *(const int *) field == *(const int *) usual_field
					   ? 0
					   : (size_t) sprintf(out, "%d", *(const int *) field);
		case SETTING_POOLING:
			kind = *(const PoolingKind *) field;
			return kind == *(const PoolingKind *) usual_field
					   ? 0
					   : (size_t) sprintf(out, "%s", pooling_name(kind));
		case SETTING_DROPPED:
			break;
	}
	return 0;
}

size_t
query_text_room(const SearchQuery *query)
{
	return (size_t) query->length * FLOAT_ROOM +
		   SETTINGS * (size_t) (WORD_ROOM + DOUBLE_ROOM) + 3;
}

size_t
query_text_write(const SearchQuery *query, char *text)
{
	SearchQuery usual = query_default();
	char *out = text;

	*out++ = '{';
	for (int c = 0; c < query->length; c++)
	{
		if (c > 0)
			*out++ = ',';
		out += write_float(query->vector[c], out);
	}
	*out++ = '}';
	/* an aspect of 1 is not the default: that is none */
	usual.constraints.aspect =
		query->constraints.any_aspect ? query->constraints.aspect : -1;
	for (int i = 0; i < SETTINGS; i++)
	{
		char value[DOUBLE_ROOM];
		size_t length = write_value(&settings[i], query, &usual, value);

		if (length > 0)
			out += sprintf(out, " %s=%.*s", settings[i].name, (int) length,
						   value);
	}
	*out = '\0';
	return out - text;
}
