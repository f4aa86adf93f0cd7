/*
 * text_form.h
 *		The text form of a stored feature map: "featmap:1:8u:512x18x16:" and
 *		the value without its sketch in hexadecimal.  The part before the last
 *		colon is for human readers; the bytes repeat it.
 */
#ifndef INTSEARCH_TEXT_FORM_H
#define INTSEARCH_TEXT_FORM_H

#include "core/map/feature_map.h"

#define TEXT_FORM_PREFIX "featmap:"
/* room for "featmap:1:16u:16384x4096x4096:" */
#define TEXT_FORM_HEAD_ROOM 40

/*
 * Writes the part before the hexadecimal digits, with a final zero; returns
 * its length.
 */
extern int
text_form_head(char head[TEXT_FORM_HEAD_ROOM], const FeatureMap *map);

/*
 * Returns the bytes of a text of `length` characters, a block of the host's,
 * and their number in *size; or NULL and an error where it is not such a text.
 * Only the header of the bytes is checked: they are for feature_map_admit.
 */
extern uint8_t *text_form_read(const Host *host, const char *text,
							   size_t length, size_t *size, CoreError *error);

#endif
