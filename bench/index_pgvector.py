"""pgvector's two ways: lists of images by vectors of whole images, or of regions, whose maps are then searched.

Both take as many images as an index scan takes by default. What is in a list is an HNSW index over `halfvec`.
"""

import time
from dataclasses import dataclass

import database

LISTED = 200  # images that are searched
REGIONS = 1000  # nearest regions that these are taken from; pgvector's greatest ef_search
LEVELS = 5


def is_installed(session):
    return database.value(session, "SELECT count(*) FROM pg_available_extensions WHERE name = 'vector'") > 0


@dataclass(frozen=True)
class Way:
    title: str
    vectors: str  # (id, vector) of a table
    nearest: int  # vectors that are looked up

    def statement(self, table, query):
        """The ten nearest of the images that are listed."""
        vector = "'[" + ",".join(f"{float(x):.9g}" for x in query.vector) + f"]'::halfvec({len(query.vector)})"
        return f"""
            SELECT id FROM {table} WHERE id IN (
                SELECT id FROM (SELECT id, vector <=> {vector} AS far FROM {table}_vectors
                    ORDER BY vector <=> {vector} LIMIT {self.nearest}) AS nearest
                GROUP BY id ORDER BY min(far) LIMIT {LISTED})
            ORDER BY features <=> {query.literal} LIMIT 10"""


def ways(pooling):
    return [
        Way("pgvector, whole", f"SELECT id, region_vector(features, '{pooling}') AS vector FROM {{}}", LISTED),
        Way(
            "pgvector, regions",
            f"SELECT id, vector FROM {{}}, rmac_regions(features, levels => {LEVELS}, pooling => '{pooling}')",
            REGIONS,
        ),
    ]


def build(session, table, way, channels):
    """Seconds for the vectors and their index."""
    session.execute("CREATE EXTENSION IF NOT EXISTS vector")
    session.execute(f"DROP TABLE IF EXISTS {table}_vectors")
    # images are looked up by id, and ranked without the index on maps
    session.execute(
        f"DROP INDEX IF EXISTS {table}_features; CREATE UNIQUE INDEX IF NOT EXISTS {table}_id ON {table} (id)"
    )
    session.execute(f"SET max_parallel_maintenance_workers = 0; SET hnsw.ef_search = {way.nearest}")
    start = time.perf_counter()
    session.execute(
        f"CREATE UNLOGGED TABLE {table}_vectors AS"
        f" SELECT id, vector::vector::halfvec({channels}) AS vector FROM ({way.vectors.format(table)}) AS made"
        f" WHERE vector IS NOT NULL"
    )
    session.execute(f"CREATE INDEX ON {table}_vectors USING hnsw (vector halfvec_cosine_ops)")
    session.execute(f"ANALYZE {table}_vectors")
    taken = time.perf_counter() - start
    session.execute("RESET enable_seqscan; RESET enable_sort; RESET enable_indexscan")
    return taken
