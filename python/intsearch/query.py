"""A featquery: a vector, how windows are pooled, and what they must be."""

import numpy as np

# In the order of the server's text form, with its defaults.
DEFAULTS = {
    "aspect": None,
    "tolerance": 0.2,
    "pooling": "sum",
    "exponent": 3.0,
    "min_height": 1,
    "max_height": None,
    "min_width": 1,
    "max_width": None,
    "min_score": None,
}
INTEGERS = ("min_height", "max_height", "min_width", "max_width")


class Query:
    """What a search asks for: Query(vector, aspect=1, pooling="max").

    The settings are those of the SQL function featquery. The server checks them.
    """

    def __init__(self, vector, **settings):
        if isinstance(vector, Query):
            settings = {**vector.settings, **settings}
            vector = vector.vector
        unknown = sorted(set(settings) - set(DEFAULTS))
        if unknown:
            raise TypeError(f"a query has no setting {unknown[0]!r}, only {', '.join(DEFAULTS)}")
        self.vector = np.array(vector, dtype=np.float32)
        if self.vector.ndim != 1:
            raise ValueError(f"vector has {self.vector.ndim} dimensions, expected 1")
        self.vector.flags.writeable = False
        self.settings = {
            name: settings[name]
            for name, default in DEFAULTS.items()
            if settings.get(name, default) != default and settings[name] is not None
        }

    def __getattr__(self, name):
        if name in DEFAULTS:
            return self.settings.get(name, DEFAULTS[name])
        raise AttributeError(name)

    def __str__(self):
        """The text that the server reads."""
        settings = "".join(f" {name}={value}" for name, value in self.settings.items())
        return "{" + ",".join(map(repr, self.vector.tolist())) + "}" + settings

    def __repr__(self):
        settings = "".join(f", {name}={value!r}" for name, value in self.settings.items())
        return f"Query({self.vector.tolist()}{settings})"

    def __eq__(self, other):
        if not isinstance(other, Query):
            return NotImplemented
        return np.array_equal(self.vector, other.vector) and self.settings == other.settings

    def __hash__(self):
        return hash((self.vector.tobytes(), tuple(self.settings.items())))

    @classmethod
    def parse(cls, text):
        """The query of the server's text output."""
        vector, _, rest = text.partition("}")
        settings = {}
        for setting in rest.split():
            name, _, value = setting.partition("=")
            settings[name] = (
                value if name == "pooling" else int(value) if name in INTEGERS else float(value)
            )
        return cls([float(number) for number in vector[1:].split(",")], **settings)


def query_text(value):
    """The text of a query, or of a vector."""
    return str(value if isinstance(value, Query) else Query(value))
