"""SQLAlchemy 1.4 and 2, with any driver: columns of feature maps, and distances to order by.

    class Image(Base):
        __tablename__ = "images"
        id = Column(Integer, primary_key=True)
        features = Column(FeatureMapType(512))

    session.query(Image).order_by(Image.features.cosine_distance(query)).limit(10)
"""

from sqlalchemy import Float, LargeBinary, String, bindparam, cast, func, type_coerce
from sqlalchemy.types import UserDefinedType

from .featmap import read_map, write_map
from .query import Query, query_text


class FeatureQueryType(UserDefinedType):
    """featquery: a Query, or a vector."""

    cache_ok = True

    def get_col_spec(self, **_):
        return "featquery"

    def bind_processor(self, dialect):
        return lambda value: None if value is None else query_text(value)

    def bind_expression(self, bindvalue):
        return cast(cast(bindvalue, String), self)

    def column_expression(self, column):
        return type_coerce(cast(column, String), self)

    def result_processor(self, dialect, coltype):
        return lambda text: None if text is None else Query.parse(text)


class FeatureMapType(UserDefinedType):
    """featmap: an array [channels][height][width]. It travels as bytea, which all drivers know."""

    cache_ok = True

    def __init__(self, channels=None):
        self.channels = channels

    def get_col_spec(self, **_):
        return "featmap" if self.channels is None else f"featmap({self.channels})"

    def bind_processor(self, dialect):
        as_bytes = LargeBinary().bind_processor(dialect) or bytes
        return lambda value: None if value is None else as_bytes(write_map(value))

    def bind_expression(self, bindvalue):
        return cast(cast(bindvalue, LargeBinary), self)

    def column_expression(self, column):
        return type_coerce(func.featmap_send(column), self)

    def result_processor(self, dialect, coltype):
        return lambda data: None if data is None else read_map(data)

    class comparator_factory(UserDefinedType.Comparator):
        """What ORDER BY features <=> query needs."""

        def cosine_distance(self, query):
            return self._distance("<=>", query)

        def l2_distance(self, query):
            return self._distance("<->", query)

        def _distance(self, operator, query):
            return self.op(operator, return_type=Float())(as_query(query))


def as_query(query):
    """A Query or a vector as a parameter; SQL expressions stay what they are."""
    if hasattr(query, "__clause_element__") or hasattr(query, "compile"):
        return query
    return bindparam(None, query, type_=FeatureQueryType(), unique=True)
