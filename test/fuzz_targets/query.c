/*
 * query.c
 *		The text of a query: any text is refused, with a message in ASCII, or
 *		makes a query whose text reads back the same.
 */
#include "fuzz.h"

#include "core/query_text.h"

static void
check_message(const CoreError *error)
{
	for (const char *c = error->message; *c != '\0'; c++)
		require(*c >= 0x20 && *c < 0x7f);
}

static char *
write_query(const Host *host, const SearchQuery *query)
{
	size_t room = query_text_room(query);
	char *text = host_new(host, char, room);
	size_t length = query_text_write(query, text);

	require(length < room && text[length] == '\0');
	return text;
}

static void
check_query(const Host *host, const SearchQuery *query)
{
	char *text = write_query(host, query);
	SearchQuery again;
	CoreError error;
	float *vector = query_text_read(host, text, &again, &error);

	require(vector != NULL && again.length == query->length);
	require(memcmp(vector, query->vector, sizeof(float) * again.length) == 0);
	require(strcmp(write_query(host, &again), text) == 0);
	again.vector = query->vector;
	require(again.min_score == query->min_score &&
			again.pooling.kind == query->pooling.kind &&
			again.pooling.exponent == query->pooling.exponent &&
			again.constraints.any_aspect == query->constraints.any_aspect &&
			again.constraints.aspect == query->constraints.aspect &&
			again.constraints.tolerance == query->constraints.tolerance);
}

static void
read_query(const Host *host, void *context)
{
	const Input *input = context;
	char *text = host_new(host, char, input->size + 1);
	SearchQuery query;
	CoreError error;

	memcpy(text, input->data, input->size);
	text[input->size] = '\0';
	if (query_text_read(host, text, &query, &error) == NULL)
		check_message(&error);
	else
		check_query(host, &query);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_run(read_query, &(Input){data, size}, 0xa5);
	return 0;
}
