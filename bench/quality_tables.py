"""The tables that the statements of rankings.py read, made in SQL from the maps alone."""

import database
import rankings

KINDS = ("whole", "rmac", "regions")


def whitening_dimensions(vectors):
    """How many, for a whitening learnt from so many vectors: the greatest power of two that is a tenth or less."""
    return 1 << max(0, (vectors // 10).bit_length() - 1)


def store_maps(session, query_set):
    """The set's schema, with its images and queries."""
    session.execute(f"CREATE SCHEMA {query_set.name}")
    session.execute(f"SET search_path = {query_set.name}, public")
    columns = "image integer PRIMARY KEY, width integer, height integer, features featmap"
    database.make_table(session, "images", columns, None)
    database.make_table(session, "queries", "query integer PRIMARY KEY, features featmap", None)
    database.make_table(session, "ranked", "query integer, image integer", None)
    database.make_table(session, "learning", "fold integer, image integer", None)
    # One by one: executemany's pipeline can wait for ever on values as large as these (psycopg 3.1.7).
    for i, image in enumerate(query_set.images):
        row = (i, image.width, image.height, database.npy(image.features))
        session.execute("INSERT INTO images VALUES (%s, %s, %s, featmap_from_npy(%b))", row)
    for i, query in enumerate(query_set.queries):
        session.execute(
            "INSERT INTO queries VALUES (%s, featmap_from_npy(%b))",
            (i, database.npy(query.features)),
        )
        session.execute(
            "INSERT INTO ranked SELECT %s, unnest(%s::integer[])", (i, list(query.ranked))
        )
    for fold, images in query_set.learning.items():
        session.execute("INSERT INTO learning SELECT %s, unnest(%s::integer[])", (fold, images))
    session.execute("CREATE INDEX ON ranked (query)")
    session.execute("ANALYZE")


def learn_whitenings(session, query_set):
    """A whitening for each fold and pooling, from the R-MAC windows of the fold's images; tells how many vectors."""
    database.make_table(session, "whitenings", "fold integer, pooling text, whitening real[]", None)
    sizes = []
    for fold in query_set.learning:
        for pooling in query_set.poolings:
            windows = (
                f"FROM learning JOIN images USING (image),"
                f" rmac_regions(features, {rankings.LEVELS}, '{pooling}') WHERE fold = {fold}"
            )
            vectors = database.value(session, f"SELECT count(*) {windows}")
            dimensions = whitening_dimensions(vectors)
            session.execute(
                f"INSERT INTO whitenings SELECT {fold}, '{pooling}', pca_whitening(vector, {dimensions}) {windows}"
            )
            sizes.append((vectors, dimensions))
    return sorted(set(sizes))


def store_whitened_maps(session, maps):
    """The maps of images and queries, whitened by what the R-MAC windows of the fold's images teach."""
    whitening = (
        f"(SELECT pca_whitening(vector, {maps.dimensions}, {maps.power}) FROM learning JOIN images USING (image),"
        f" rmac_regions(features, {rankings.LEVELS}, 'sum') WHERE fold = {maps.fold})"
    )
    for table, key in (("images", "image"), ("queries", "query")):
        database.make_table(
            session,
            table + maps.suffix,
            f"{key} integer PRIMARY KEY, features featmap",
            f"SELECT {key}, whiten(features, {whitening}) FROM {table}",
        )


def store_vectors(session, vectors):
    """The vectors of all images as maps of one row: [channels][1][vectors of the image]."""
    windows = f"{vectors.table}_windows"
    database.make_table(
        session,
        windows,
        "image integer, cell integer, y1 integer, x1 integer, y2 integer, x2 integer, vector real[]",
        "SELECT image, row_number() OVER (PARTITION BY image ORDER BY y1, x1, y2, x2) - 1, y1, x1, y2, x2, vector"
        f" FROM ({vectors.stored()}) AS stored WHERE vector IS NOT NULL",
    )
    session.execute(f"CREATE UNIQUE INDEX ON {windows} (image, cell)")
    database.make_table(
        session,
        vectors.table,
        "image integer PRIMARY KEY, features featmap",
        "SELECT image, featmap_from_array(array_agg(cells ORDER BY channel), 16)"
        " FROM (SELECT image, channel, ARRAY[array_agg(value ORDER BY cell)] AS cells"
        f" FROM {windows}, unnest(vector) WITH ORDINALITY AS elements (value, channel) GROUP BY image, channel)"
        " AS channels GROUP BY image",
    )
