"""Django 3.2 and later: a field for feature maps, and distances to order by.

    class Image(models.Model):
        features = FeatureMapField(channels=512)

    Image.objects.order_by(CosineDistance("features", query))[:10]

A map that was read is stored again exactly as it was.
"""

from django.contrib.postgres.operations import CreateExtension
from django.db.models import Field, FloatField, Func, Value

from .featmap import read_map, write_map
from .query import Query, query_text


class IntsearchExtension(CreateExtension):
    """The migration's operation that makes the extension."""

    def __init__(self):
        super().__init__("intsearch")


class FeatureMapField(Field):
    """featmap: an array [channels][height][width]. It travels as bytea, which all drivers know."""

    description = "Feature map"
    empty_strings_allowed = False

    def __init__(self, *args, channels=None, **kwargs):
        self.channels = channels
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        if self.channels is not None:
            kwargs["channels"] = self.channels
        return name, path, args, kwargs

    def db_type(self, connection):
        return "featmap" if self.channels is None else f"featmap({self.channels})"

    def get_placeholder(self, value, compiler, connection):
        if hasattr(value, "as_sql"):
            return compiler.compile(value)[0]
        return "%s::bytea::featmap"

    def get_db_prep_value(self, value, connection, prepared=False):
        return None if value is None else connection.Database.Binary(write_map(value))

    def select_format(self, compiler, sql, params):
        return f"featmap_send({sql})", params

    def from_db_value(self, value, expression, connection):
        return None if value is None else read_map(value)

    def value_to_string(self, obj):
        value = self.value_from_object(obj)
        return None if value is None else write_map(value).hex()

    def to_python(self, value):
        """Of a serialised object: the hexadecimal digits of its bytes."""
        return read_map(bytes.fromhex(value)) if isinstance(value, str) else value


class FeatureQueryField(Field):
    """featquery: a Query, or a vector."""

    description = "Query of feature maps"
    empty_strings_allowed = False

    def db_type(self, connection):
        return "featquery"

    def get_placeholder(self, value, compiler, connection):
        if hasattr(value, "as_sql"):
            return compiler.compile(value)[0]
        return "%s::text::featquery"

    def get_db_prep_value(self, value, connection, prepared=False):
        return None if value is None else query_text(value)

    def select_format(self, compiler, sql, params):
        return f"{sql}::text", params

    def from_db_value(self, value, expression, connection):
        return None if value is None else Query.parse(value)

    def to_python(self, value):
        return Query.parse(value) if isinstance(value, str) else value

    def value_to_string(self, obj):
        value = self.value_from_object(obj)
        return None if value is None else query_text(value)


class _Distance(Func):
    """Of a field and a query: a Query, a vector, or an expression."""

    template = "(%(expressions)s)"
    output_field = FloatField()

    def __init__(self, features, query, **extra):
        if not hasattr(query, "resolve_expression"):
            query = Value(query, output_field=FeatureQueryField())
        super().__init__(features, query, **extra)


class CosineDistance(_Distance):
    arg_joiner = " <=> "


class L2Distance(_Distance):
    arg_joiner = " <-> "
