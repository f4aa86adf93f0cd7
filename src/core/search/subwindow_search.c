/*
 * subwindow_search.c
 *		The best windows under max and gem pooling, by branch and bound.
 *
 * Efficient subwindow search (Lampert, Blaschko, Hofmann 2008): sets of
 * windows, each edge in an interval, are kept in a queue, highest bound first;
 * the first is split in two, which are bounded (subwindow_bound.c says how,
 * and why that is a bound) and put back, until it is a single window, which is
 * evaluated.  What remains when the highest bound is below the threshold
 * cannot win.
 *
 * The windows of a map are first divided into blocks (pool_table.h), the
 * largest first, and one block is searched after the other.  Within a block
 * all windows contain the cell in its centre, so each set has a smallest
 * window that is not empty.  Sets without one cannot be bounded, and thousands
 * would have to be split.  The table of a block is small and dropped after it.
 * Few blocks are entered: the bound of all their windows rules most of them
 * out, or that of those that meet the constraints, where these are few; and a
 * window of one cell is bounded by its product with the query (cell_bound.h).
 * Some blocks are bounded at once, before any of them is searched, so that the
 * processor need not wait for the one before.
 *
 * A set is split along the edge that leaves most open, at the place where both
 * halves leave the same.  That is measured by the sum, over the cells between
 * the edge's least and greatest place, of the fourth power of the cell's norm:
 * cells of great values, whether the query asks for them or not, make boxes
 * wide.  Halving the longest interval instead leaves more than twice as many
 * sets.
 *
 * The queue has room for QUEUE_ROOM sets.  When it is full, further sets are
 * searched depth first, which needs no room.
 *
 * Each bound takes from the work that the task has left, and so do the table
 * of a block and what the task itself does.  Where bounds do not pay, as where
 * many windows score alike, nothing is left at some point, and the search is
 * given up; so it is at once on a map without sides (pool_sides.c).
 */
#include "core/search/subwindow_search.h"

#include <math.h>

#include "core/integral.h"
#include "core/search/parts_score.h"

#define QUEUE_ROOM 32768
/* Where the first bound is tried. */
#define FIRST_LENGTH 10000
/* A cell of a block's table takes this part of what a bound takes. */
#define TABLE_SHARE 0.25

VECTOR_CLONES static void
fill_effects(const Host *host, SubwindowSearch *search)
{
	const FeatureMap *map = search->map;
	size_t stride = map->width + 1;
	const int32_t *square = search->cell_bound.squares;
	double *row = search->effects;

	memset(row, 0, sizeof(double) * stride);
	for (int y = 0; y < map->height; y++, square += map->width)
	{
		host_check(host);
		row += stride;
		for (int x = 0; x < map->width; x++)
			row[x + 1] = (double) square[x] * square[x];
		integral_row_double(row + 1, row - stride, map->width, row);
	}
}

static void
subwindow_open(const Host *host, void *state, const Codes *codes,
			   const Scorer *scorer, const Pooler *pooler)
{
	SubwindowSearch *search = state;
	const FeatureMap *map = codes->map;

	search->map = map;
	search->scorer = scorer;
	search->row_spans =
		scratch_reserve(host, &search->spans,
						sizeof(Span) * (map->height + map->width));
	search->column_spans = search->row_spans + map->height;
	list_spans(search->row_spans, map->height);
	list_spans(search->column_spans, map->width);
	search->effects =
		scratch_reserve(host, &search->effects_space,
						sizeof(double) * (map->height + 1) * (map->width + 1));
	search->queue = scratch_reserve(host, &search->queue_space,
									sizeof(WindowSet) * QUEUE_ROOM);
	subwindow_bound_open(host, &search->bound, codes, pooler,
						 search->row_spans, search->column_spans);
	search->bound_work = bound_work(codes, pooler);
	if (!search->bound.table.sides.has_sides)
		return;
	cell_bound_open(host, &search->cell_bound, codes,
					&search->bound.table.sides);
	fill_effects(host, search);
}

static void
subwindow_set_query(const Host *host, void *state, const Scorer *scorer,
					const Products *products)
{
	SubwindowSearch *search = state;

	(void) host;
	search->length = FIRST_LENGTH;
	subwindow_bound_set_query(&search->bound, scorer);
	if (search->bound.table.sides.has_sides)
		cell_bound_set_query(&search->cell_bound, scorer, products);
}

/* Counts sets that were bounded, and what they took. */
static void
count_bounds(SubwindowSearch *search, int count)
{
	search->bounds += count;
	*search->task->work_left -= count * search->bound_work;
}

/* The queue --------------------------------------------------------------- */

static void
push_set(SubwindowSearch *search, const WindowSet *set)
{
	WindowSet *queue = search->queue;
	int at = search->queue_count++;

	while (at > 0 && queue[(at - 1) / 2].bound < set->bound)
	{
		queue[at] = queue[(at - 1) / 2];
		at = (at - 1) / 2;
	}
	queue[at] = *set;
}

/* Puts a set in place of the head. */
static void
replace_head(SubwindowSearch *search, const WindowSet *set)
{
	WindowSet *queue = search->queue;
	int at = 0;

	for (int child = 1; child < search->queue_count; child = 2 * at + 1)
	{
		child += child + 1 < search->queue_count &&
				 queue[child + 1].bound > queue[child].bound;
		if (queue[child].bound <= set->bound)
			break;
		queue[at] = queue[child];
		at = child;
	}
	queue[at] = *set;
}

/* Takes the head from a queue that is not empty. */
static WindowSet
pop_set(SubwindowSearch *search)
{
	WindowSet head = search->queue[0];
	WindowSet last = search->queue[--search->queue_count];

	if (search->queue_count > 0)
		replace_head(search, &last);
	return head;
}

/*
 * Puts the set in the queue and takes its head; mostly that is the set itself.
 */
static WindowSet
exchange_set(SubwindowSearch *search, const WindowSet *set)
{
	WindowSet head;

	if (search->queue_count == 0 || search->queue[0].bound <= set->bound)
		return *set;
	head = search->queue[0];
	replace_head(search, set);
	return head;
}

/* Sets -------------------------------------------------------------------- */

/*
 * The effects before a place of an edge, over the length of the largest
 * window.  What an edge that may lie from one place to another leaves open is
 * the difference of both: the effects in the strip between.
 */
static inline double
effect_before(const SubwindowSearch *search, const Window *largest, Edge edge,
			  int place)
{
	const double *effects = search->effects;
	size_t stride = search->map->width + 1;

	if (edge == EDGE_Y1 || edge == EDGE_Y2)
		return effects[place * stride + largest->x2] -
			   effects[place * stride + largest->x1];
	return effects[largest->y2 * stride + place] -
		   effects[largest->y1 * stride + place];
}

/* The edge that leaves most open; the set is not a single window. */
static Edge
choose_edge(const SubwindowSearch *search, const WindowSet *set,
			const Window *largest)
{
	Edge best = EDGE_Y1;
	/* differences of sums may come out below 0 */
	double best_effect = -INFINITY;

	for (int edge = 0; edge < EDGES; edge++)
	{
		int least = set->least[edge], most = set->most[edge];
		double effect = effect_before(search, largest, (Edge) edge, most) -
						effect_before(search, largest, (Edge) edge, least);

		if (most > least && effect > best_effect)
		{
			best = (Edge) edge;
			best_effect = effect;
		}
	}
	return best;
}

/*
 * The last place of the first half, such that both halves leave about as much
 * open.
 */
static int
choose_place(const SubwindowSearch *search, const WindowSet *set,
			 const Window *largest, Edge edge)
{
	int least = set->least[edge], most = set->most[edge];
	int low = least, high = most - 1;
	double both = effect_before(search, largest, edge, least) +
				  effect_before(search, largest, edge, most);

	/*
	 * the first place whose half before it leaves as much open as that after
	 */
	while (low < high)
	{
		int middle = (low + high) / 2;

		if (effect_before(search, largest, edge, middle) +
				effect_before(search, largest, edge, middle + 1) <
			both)
			low = middle + 1;
		else
			high = middle;
	}
	/* or the one before, if there the greater of the two is less */
	if (low > least && both < 2 * effect_before(search, largest, edge, low))
		low--;
	return low;
}

/*
 * Narrows the set; false where none of its windows meets the constraints and
 * is wanted.
 */
static bool
is_wanted(const SubwindowSearch *search, WindowSet *set)
{
	Window smallest, largest;

	if (!window_set_narrow(set, &search->constraints))
		return false;
	smallest = window_set_smallest(set);
	largest = window_set_largest(set);
	return !search->task->is_excluded(search->task->context, &smallest,
									  &largest);
}

/*
 * Splits a set in two, bounds the halves that are wanted, and keeps those that
 * are promising; returns their number.
 */
static int
split_set(SubwindowSearch *search, const WindowSet *set, WindowSet *halves)
{
	Window largest = window_set_largest(set);
	Edge edge = choose_edge(search, set, &largest);
	int place = choose_place(search, set, &largest, edge);
	int wanted = 0, count = 0;

	halves[wanted] = *set;
	halves[wanted].most[edge] = (int16_t) place;
	wanted += is_wanted(search, &halves[wanted]);
	halves[wanted] = *set;
	halves[wanted].least[edge] = (int16_t) (place + 1);
	wanted += is_wanted(search, &halves[wanted]);
	subwindow_bound_sets(&search->bound, (float) search->threshold, halves,
						 wanted);
	count_bounds(search, wanted);
	for (int i = 0; i < wanted; i++)
		if (halves[i].bound >= search->threshold)
			halves[count++] = halves[i];
	return count;
}

/* True where the parts of a window rule it out. */
static bool
is_below_threshold(SubwindowSearch *search, const Window *window)
{
	PoolTable *table = &search->bound.table;

	if (!parts_score_takes(&table->entries))
		return false;
	*search->task->work_left -= PARTS_SHARE * search->bound_work;
	return parts_score(table, search->scorer, window) < search->threshold;
}

/* Evaluates the window of a set of one, of the block whose table there is. */
static void
evaluate_single(SubwindowSearch *search, const WindowSet *set)
{
	Window window = window_set_smallest(set);

	if (task_is_eligible(search->task, &window) &&
		!is_below_threshold(search, &window))
		search->threshold = task_evaluate(search->task, &window);
}

/* True where all work is done; then no set is looked at any more. */
static bool
has_given_up(SubwindowSearch *search)
{
	if (*search->task->work_left <= 0)
		search->gave_up = true;
	return search->gave_up;
}

/* Searches a set without the queue. */
static void
search_depth_first(const Host *host, SubwindowSearch *search,
				   const WindowSet *set)
{
	WindowSet halves[2];
	int count;

	host_check(host);
	if (set->bound < search->threshold || has_given_up(search))
		return;
	if (window_set_is_single(set))
	{
		evaluate_single(search, set);
		return;
	}
	count = split_set(search, set, halves);
	for (int i = 0; i < count; i++)
		search_depth_first(host, search, &halves[i]);
}

/* Puts a half in the queue, or searches it at once where that is full. */
static void
keep_half(const Host *host, SubwindowSearch *search, const WindowSet *half)
{
	if (search->queue_count < QUEUE_ROOM)
		push_set(search, half);
	else
		search_depth_first(host, search, half);
}

/*
 * Searches a block, whose table is made, from the set of all its windows.
 */
static void
search_block(const Host *host, SubwindowSearch *search, const WindowSet *all)
{
	WindowSet set = *all;
	bool has_set = true;

	search->queue_count = 0;
	while (has_set || search->queue_count > 0)
	{
		WindowSet halves[2];
		int count = 0, better = 0;

		if (!has_set)
			set = pop_set(search);
		host_check(host);
		if (set.bound < search->threshold || has_given_up(search))
			return;
		if (window_set_is_single(&set))
			evaluate_single(search, &set);
		else
			count = split_set(search, &set, halves);
		has_set = count > 0;
		if (count == 2)
		{
			better = halves[1].bound > halves[0].bound;
			keep_half(host, search, &halves[1 - better]);
		}
		if (has_set)
			set = exchange_set(search, &halves[better]);
	}
}

/* The set of all windows of a block. */
static WindowSet
block_windows(const Span *rows, const Span *columns)
{
	return (WindowSet){
		.least = {(int16_t) rows->first, (int16_t) columns->first,
				  (int16_t) (rows->centre + 1),
				  (int16_t) (columns->centre + 1)},
		.most = {(int16_t) rows->centre, (int16_t) columns->centre,
				 (int16_t) (rows->last + 1), (int16_t) (columns->last + 1)},
	};
}

/* Makes the table of a block, and searches its set. */
static void
enter_block(const Host *host, SubwindowSearch *search, const BlockSet *block)
{
	Window area = window_set_largest(&block->set);

	*search->task->work_left -=
		window_area(&area) * TABLE_SHARE * search->bound_work;
	pool_table_enter(host, &search->bound.table, block->rows->centre,
					 block->columns->centre, &area);
	search_block(host, search, &block->set);
}

/* Bounds the blocks waiting, and enters those that may reach the threshold. */
static void
enter_blocks(const Host *host, SubwindowSearch *search)
{
	BlockSet *blocks = search->blocks;
	int count = search->block_count;

	if (count == 0)
		return;
	for (int i = 0; i < count; i++)
		blocks[i].set.length = search->length;
	subwindow_bound_blocks(&search->bound, (float) search->threshold, blocks,
						   count);
	count_bounds(search, count);
	search->length = blocks[count - 1].set.length;
	search->block_count = 0;
	for (int i = 0; i < count; i++)
		if (blocks[i].set.bound >= search->threshold)
			enter_block(host, search, &blocks[i]);
}

/* Evaluates the window of a cell if it may reach the threshold. */
static void
enter_cell(SubwindowSearch *search, const WindowSet *set)
{
	Window window = window_set_smallest(set);

	count_bounds(search, 1);
	if (cell_bound_score(&search->cell_bound, window.y1, window.x1) >=
			search->threshold &&
		task_is_eligible(search->task, &window))
		search->threshold = task_evaluate(search->task, &window);
}

/* Takes a block, unless none of its windows is wanted. */
static void
take_block(const Host *host, SubwindowSearch *search, const Span *rows,
		   const Span *columns)
{
	BlockSet block = {rows, columns, block_windows(rows, columns)};
	Window area;

	if (!is_wanted(search, &block.set))
		return;
	area = window_set_largest(&block.set);
	if (window_area(&area) == 1 && cell_bound_takes(search->cell_bound.codes))
		enter_cell(search, &block.set);
	else
		search->blocks[search->block_count++] = block;
	if (search->block_count == MOST_BLOCKS_AT_ONCE ||
		search->block_count * search->bound_work >= *search->task->work_left)
		enter_blocks(host, search);
}

static bool
subwindow_run(const Host *host, void *state, const EngineTask *task)
{
	SubwindowSearch *search = state;
	int height = search->map->height;
	int width = search->map->width;

	set_constraints_fill(host, &search->constraints, task->constraints, height,
						 width);
	search->task = task;
	search->threshold = task->threshold;
	search->gave_up = false;
	search->block_count = 0;
	if (!search->bound.table.sides.has_sides)
		return false;
	for (int i = 0; i < height; i++)
		for (int j = 0; j < width; j++)
		{
			host_check(host);
			if (has_given_up(search))
				return false;
			take_block(host, search, &search->row_spans[i],
					   &search->column_spans[j]);
		}
	enter_blocks(host, search);
	return !search->gave_up;
}

const Engine subwindow_engine = {subwindow_open, subwindow_set_query,
								 subwindow_run};
