/*
 * pixel_boxes.h
 *		Between boxes in the pixels of an image and windows in the cells of its
 *		map.
 */
#ifndef INTSEARCH_PIXEL_BOXES_H
#define INTSEARCH_PIXEL_BOXES_H

#include "postgres.h"

#include "utils/geo_decls.h"

#include "core/map/feature_map.h"
#include "core/window.h"

/*
 * The window whose edges are nearest to those of the box; at least one cell. x
 * runs to the right and y down, from 0 to the image's width and height in
 * pixels. Refuses a box that reaches outside of the image by more than
 * rounding, or has no area.
 */
extern Window pixel_box_to_window(const FeatureMap *map, const BOX *region,
								  double image_width, double image_height);

#endif
