/*
 * kernels_unpack_cells.h
 *		unpack_cells, cell by cell.
 *
 * A file of kernels includes this once, after it has defined what differs:
 *
 *	TARGET			the attribute of its functions
 *	count_set_bits(bytes, size)
 *					the number of bits set
 *	unpack(bitmap, codes, limit, channels, stride, out)
 *					puts the codes of the channels whose bit is set in bitmap
 *					in their places in out, [stride], and zeros elsewhere;
 *					reads nothing from limit on
 */

/* True where one of the codes is not zero; mostly the first one is not. */
static inline bool
has_nonzero(const uint8_t *codes, size_t count)
{
	size_t i = 0;

	while (i < count && codes[i] == 0)
		i++;
	return i < count;
}

TARGET static int
unpack_cells(PackedCells *packed, int count, const UnpackedCells *out)
{
	PackedCells from = *packed;
	UnpackedCells to = *out;
	ptrdiff_t bitmap_bytes = (from.channels + 7) / 8;
	int done = 0;

	for (; done < count && from.end - from.next >= bitmap_bytes; done++)
	{
		const uint8_t *codes = from.next + bitmap_bytes;
		int codes_set = count_set_bits(from.next, (int) bitmap_bytes);
		ptrdiff_t size = (ptrdiff_t) codes_set * from.planes;

		if (codes_set > from.channels || size > from.end - codes)
			break;
		for (int p = 0; p < from.planes; p++)
			unpack(from.next, codes + (ptrdiff_t) p * codes_set, from.limit,
				   from.channels, to.stride, to.codes + p * to.plane_size);
		to.occupied[done] = has_nonzero(codes, size);
		to.codes += to.stride;
		from.next = codes + size;
	}
	packed->next = from.next;
	return done;
}
