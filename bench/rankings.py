"""The methods that bench/quality compares: each is one statement that ranks the images for a query.

All that a method does is done in SQL, by intsearch. The tables (see quality_tables.py):
    queries     (query, features): what is searched for, described alone
    ranked      (query, image): the images that a query ranks
    images      (image, features, width, height)
    KIND_POOLING[_whitened_FOLD]            (image, features), vectors of the image as cells of a map of one row
    KIND_POOLING[_whitened_FOLD]_windows    (image, cell, y1, x1, y2, x2), the window that each describes
    images_DIMS_FOLD, queries_DIMS_FOLD     images and queries with whitened maps
Vectors are compared by a scan, as pgvector without an index would: Debian 12 has no package of it, and a search for
the best window of one cell is a scan of a map's cells, at 16 bits.
"""

from dataclasses import dataclass
from typing import Optional

LEVELS = 3  # of R-MAC
NEIGHBOURS = 3  # whose vectors expand a query
LEAST_SIDE = 3  # cells, of a window searched for
TOLERANCE = 0.2  # of its aspect


class Statement:
    """WITH ...: what is added gets a name."""

    def __init__(self):
        self.parts = []

    def add(self, sql):
        name = f"step_{len(self.parts) + 1}"
        self.parts.append(f"{name} AS MATERIALIZED ({sql})")
        return name

    def text(self, final):
        return f"WITH {', '.join(self.parts)} {final}"


@dataclass(frozen=True)
class Vectors:
    """Vectors that are stored: one an image, or those of its R-MAC windows. Each image's best one counts."""

    kind: str  # 'whole', 'rmac' or 'regions'
    pooling: str
    fold: Optional[int] = None  # whose whitening, if any
    queries = "queries"

    @property
    def table(self):
        return f"{self.kind}_{self.pooling}" + (
            "" if self.fold is None else f"_whitened_{self.fold}"
        )

    @property
    def whitening(self):
        return f"(SELECT whitening FROM whitenings WHERE fold = {self.fold} AND pooling = '{self.pooling}')"

    def whitened(self, vector):
        return vector if self.fold is None else f"whiten({vector}, {self.whitening})"

    def vector(self):
        """Of one map, in which `features` is all that is described."""
        if self.kind == "rmac":
            whitening = "NULL" if self.fold is None else self.whitening
            return f"rmac(features, {LEVELS}, {whitening}, '{self.pooling}')"
        return self.whitened(f"region_vector(features, '{self.pooling}')")

    def stored(self):
        """The rows of the tables of an image: y1, x1, y2, x2, vector."""
        if self.kind == "regions":
            return (
                f"SELECT image, y1, x1, y2, x2, {self.whitened('vector')} AS vector"
                f" FROM images, rmac_regions(features, {LEVELS}, '{self.pooling}')"
            )
        return (
            "SELECT image, 0 AS y1, 0 AS x1, height(features) AS y2, width(features) AS x2,"
            f" {self.vector()} AS vector FROM images"
        )

    def search(self, among, vector, query):
        return (
            f"SELECT image, found.score, found.x1 AS cell, place.y1, place.x1, place.y2, place.x2"
            f" FROM {among} JOIN {self.table} AS vectors USING (image)"
            f" CROSS JOIN LATERAL intsearch(features,"
            f" featquery((SELECT vector FROM {vector}), max_height => 1, max_width => 1))"
            f" AS found JOIN {self.table}_windows AS place USING (image) WHERE place.cell = found.x1"
        )

    def vectors_of(self, best):
        return (
            f"SELECT region_vector(features, 0, cell, 1, cell + 1) AS vector"
            f" FROM {best} JOIN {self.table} USING (image)"
        )


@dataclass(frozen=True)
class WhitenedMaps:
    """Maps whose cells are whitened to fewer channels."""

    dimensions: int
    power: float
    fold: int

    @property
    def suffix(self):
        return f"_{self.dimensions}_{self.fold}"


@dataclass(frozen=True)
class Windows:
    """The exact search: all windows of about the query's aspect, pooled when searching."""

    pooling: str
    maps: Optional[WhitenedMaps] = None  # those that are searched; the images' own if None

    @property
    def images(self):
        return "images" + ("" if self.maps is None else self.maps.suffix)

    @property
    def queries(self):
        return "queries" + ("" if self.maps is None else self.maps.suffix)

    def vector(self):
        return f"region_vector(features, '{self.pooling}')"

    def search(self, among, vector, query):
        return (
            f"SELECT image, found.score, cell, found.y1, found.x1, found.y2, found.x2"
            f" FROM {among} JOIN {self.images} USING (image),"
            f" intsearch(features, featquery((SELECT vector FROM {vector}),"
            f" pooling => '{self.pooling}',"
            f" aspect => (SELECT height(features)::float8 / width(features) FROM queries WHERE query = {query}),"
            f" tolerance => {TOLERANCE}, min_height => {LEAST_SIDE}, min_width => {LEAST_SIDE})) AS found"
        )

    def vectors_of(self, best):
        return (
            f"SELECT region_vector(features, y1, x1, y2, x2, '{self.pooling}') AS vector"
            f" FROM {best} JOIN {self.images} USING (image)"
        )


@dataclass(frozen=True)
class Method:
    """A scan of all images; with a second stage, its first ones are searched, and go before the others."""

    first: object
    second: Optional[Windows] = None
    percent: Optional[int] = None  # of the ranked images that the second stage searches
    is_expanded: bool = False

    @property
    def stages(self):
        return [self.first] if self.second is None else [self.first, self.second]

    def rank(self, statement, vectors, query):
        """The name of a step with rows (image, stage, score, cell, y1, x1, y2, x2)."""
        among = f"(SELECT image, NULL::integer AS cell FROM ranked WHERE query = {query}) AS among"
        scan = self.first.search(among, vectors[0], query)
        if self.second is None:
            return statement.add(f"SELECT 1 AS stage, scan.* FROM ({scan}) AS scan")
        scan = statement.add(
            f"SELECT row_number() OVER (ORDER BY score DESC, image) AS place, scan.* FROM ({scan}) AS scan"
        )
        length = (
            f"(SELECT ceil(count(*) * {self.percent} / 100.0) FROM ranked WHERE query = {query})"
        )
        short = f"(SELECT image, cell FROM {scan} WHERE place <= {length}) AS short"
        searched = statement.add(self.second.search(short, vectors[1], query))
        return statement.add(
            f"SELECT 1 AS stage, searched.* FROM {searched} AS searched UNION ALL"
            f" SELECT 2, image, score, cell, y1, x1, y2, x2 FROM {scan}"
            f" WHERE image NOT IN (SELECT image FROM {searched})"
        )

    def expanded(self, statement, stage, vector, best):
        return statement.add(
            "SELECT mean_direction(vector) AS vector"
            f" FROM (SELECT vector FROM {vector} UNION ALL {stage.vectors_of(best)}) AS vectors"
        )

    def sql(self, query):
        """Rows (image, box in pixels), the best first."""
        statement = Statement()
        vectors = [
            statement.add(
                f"SELECT {stage.vector()} AS vector FROM {stage.queries} WHERE query = {query}"
            )
            for stage in self.stages
        ]
        ranking = self.rank(statement, vectors, query)
        in_order = "ORDER BY stage, score DESC, image"
        if self.is_expanded:
            best = statement.add(f"SELECT * FROM {ranking} {in_order} LIMIT {NEIGHBOURS}")
            vectors = [
                self.expanded(statement, stage, vector, best)
                for stage, vector in zip(self.stages, vectors)
            ]
            ranking = self.rank(statement, vectors, query)
        return statement.text(
            f"SELECT image, window_box(features, y1, x1, y2, x2, width, height)"
            f" FROM {ranking} JOIN images USING (image) {in_order}"
        )
