"""SQLAlchemy and Django: fields, distances, read-then-save."""

import asyncio
import json
import os
import unittest

import django
import numpy as np
import sqlalchemy
from database import DATABASE, fresh_table, nearly, random_map
from django.conf import settings
from intsearch import Query, write_map
from intsearch.sqlalchemy import FeatureMapType, FeatureQueryType
from sqlalchemy import Column, Integer, String, create_engine, func, select
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.orm import Session, declarative_base

settings.configure(
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": DATABASE,
            "HOST": os.environ["PGHOST"],
            "USER": os.environ["PGUSER"],
        }
    },
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
)
django.setup()

from django.core import serializers  # noqa: E402
from django.db import connection, migrations, models  # noqa: E402
from intsearch.django import (
    CosineDistance,
    FeatureMapField,
    FeatureQueryField,
    IntsearchExtension,
    L2Distance,
)  # noqa: E402

Base = declarative_base()


class Image(Base):
    __tablename__ = "images"
    id = Column(Integer, primary_key=True)
    name = Column(String)
    features = Column(FeatureMapType(20))


class Search(Base):
    __tablename__ = "searches"
    id = Column(Integer, primary_key=True)
    query = Column(FeatureQueryType)


class Photograph(models.Model):
    name = models.TextField()
    features = FeatureMapField(channels=20, null=True)

    class Meta:
        app_label = "photographs"


class Question(models.Model):
    query = FeatureQueryField()

    class Meta:
        app_label = "photographs"


class Sqlalchemy(unittest.TestCase):
    def setUp(self):
        fresh_table()
        fresh_table("id integer", table="searches")
        self.engine = create_engine(f"postgresql+psycopg2:///{DATABASE}")
        Base.metadata.drop_all(self.engine)
        Base.metadata.create_all(self.engine)
        self.session = Session(self.engine)
        self.addCleanup(self.engine.dispose)
        self.addCleanup(self.session.close)
        self.session.add_all(
            Image(id=number, name=f"n{number}", features=random_map(number)) for number in range(5)
        )
        self.session.add(Image(id=9))
        self.session.commit()

    def test_maps_in_and_out(self):
        self.assertTrue(nearly(self.session.get(Image, 3).features, random_map(3)))
        self.assertIsNone(self.session.get(Image, 9).features)
        self.session.get(Image, 9).features = self.session.get(Image, 3).features
        self.session.commit()
        same = self.session.query(Image).filter(
            Image.features == self.session.get(Image, 3).features
        )
        self.assertEqual({image.id for image in same}, {3, 9})

    def test_column_has_its_type(self):
        columns = sqlalchemy.text(
            "SELECT format_type(atttypid, atttypmod) FROM pg_attribute"
            " WHERE attrelid = 'images'::regclass AND attname = 'features'"
        )
        self.assertEqual(self.session.execute(columns).scalar(), "featmap(20)")

    def test_distances(self):
        query = Query(np.ones(20), aspect=1)
        distance = Image.features.cosine_distance(query)
        rows = self.session.execute(
            select(Image.id, distance).where(Image.id < 9).order_by(distance).limit(3)
        ).all()
        self.assertEqual(rows, sorted(rows, key=lambda row: row[1]))
        text = sqlalchemy.text(
            "SELECT id FROM images WHERE id < 9 ORDER BY features <=> CAST(:q AS featquery) LIMIT 3"
        )
        self.assertEqual(
            [row[0] for row in rows], list(self.session.execute(text, {"q": str(query)}).scalars())
        )
        l2 = self.session.execute(
            select(Image.features.l2_distance(np.ones(20))).where(Image.id == 1)
        ).scalar()
        self.assertGreater(l2, 0)
        vector = func.region_vector(select(Image.features).where(Image.id == 2).scalar_subquery())
        nearest = self.session.execute(
            select(Image.id)
            .where(Image.id < 9)
            .order_by(Image.features.cosine_distance(vector))
            .limit(1)
        ).scalar()
        self.assertEqual(nearest, 2)

    def test_queries_are_stored(self):
        query = Query([1, 2, 3], aspect=1, pooling="max")
        self.session.add(Search(id=1, query=query))
        self.session.commit()
        self.assertEqual(self.session.get(Search, 1).query, query)


class SqlalchemyAsync(unittest.TestCase):
    """asyncpg, whose parameters are binary and typed by the server."""

    def test_maps_and_distances(self):
        images = Image.__table__

        async def run():
            engine = create_async_engine(
                f"postgresql+asyncpg://{os.environ['PGUSER']}@/{DATABASE}"
                f"?host={os.environ['PGHOST']}"
            )
            async with engine.begin() as connection:
                await connection.execute(
                    images.insert(),
                    [{"id": number, "features": random_map(number)} for number in range(5)],
                )
                distance = images.c.features.cosine_distance(Query(np.ones(20), aspect=1))
                rows = (
                    await connection.execute(
                        select(images.c.id, images.c.features, distance).order_by(distance)
                    )
                ).all()
                same = (
                    (
                        await connection.execute(
                            select(images.c.id).where(images.c.features == random_map(3))
                        )
                    )
                    .scalars()
                    .all()
                )
            await engine.dispose()
            return rows, same

        fresh_table()
        rows, same = asyncio.run(run())
        self.assertEqual(same, [3])
        for number, features, _ in rows:
            self.assertTrue(nearly(features, random_map(number)))
        self.assertEqual([row[2] for row in rows], sorted(row[2] for row in rows))


class Django(unittest.TestCase):
    def setUp(self):
        fresh_table()
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS photographs_photograph, photographs_question")
        with connection.schema_editor() as editor:
            editor.create_model(Photograph)
            editor.create_model(Question)
        self.addCleanup(connection.close)
        for number in range(5):
            Photograph.objects.create(name=f"n{number}", features=random_map(number))

    def test_maps_in_and_out(self):
        self.assertTrue(nearly(Photograph.objects.get(name="n3").features, random_map(3)))
        self.assertIsNone(Photograph.objects.create(name="none").features)
        Photograph.objects.bulk_create(
            [Photograph(name="many", features=random_map(1)), Photograph(name="many")]
        )
        self.assertEqual(Photograph.objects.filter(name="many", features__isnull=False).count(), 1)

    def test_read_then_save(self):
        photograph = Photograph.objects.get(name="n3")
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE TEMPORARY TABLE before AS SELECT id, features FROM photographs_photograph"
            )
            photograph.name = "renamed"
            photograph.save()
            cursor.execute(
                "SELECT count(*) FROM photographs_photograph JOIN before USING (id, features)"
            )
            self.assertEqual(cursor.fetchone()[0], 5)

    def test_distances(self):
        query = Query(np.ones(20), aspect=1)
        found = list(
            Photograph.objects.annotate(distance=CosineDistance("features", query)).order_by(
                "distance"
            )[:3]
        )
        distances = [photograph.distance for photograph in found]
        self.assertEqual(distances, sorted(distances))
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT name FROM photographs_photograph"
                " ORDER BY features <=> %s::featquery LIMIT 3",
                (str(query),),
            )
            self.assertEqual([photograph.name for photograph in found], [row[0] for row in cursor])
        l2 = Photograph.objects.annotate(d=L2Distance("features", np.ones(20))).get(name="n0").d
        self.assertGreater(l2, 0)
        self.assertEqual(
            Photograph.objects.order_by(CosineDistance("features", query)).first().name,
            found[0].name,
        )

    def test_queries_are_stored(self):
        query = Query([1, 2, 3], aspect=1, pooling="max")
        Question.objects.create(query=query)
        self.assertEqual(Question.objects.get().query, query)

    def test_serialised(self):
        photograph = Photograph.objects.get(name="n2")
        text = json.loads(serializers.serialize("json", [photograph]))[0]["fields"]["features"]
        field = Photograph._meta.get_field("features")
        np.testing.assert_array_equal(field.to_python(text), photograph.features)
        np.testing.assert_array_equal(
            field.to_python(write_map(random_map(2)).hex()), random_map(2)
        )

    def test_migrations(self):
        field = FeatureMapField(channels=20)
        _, path, args, arguments = field.deconstruct()
        self.assertEqual(
            (path, args, arguments), ("intsearch.django.FeatureMapField", [], {"channels": 20})
        )
        self.assertIsInstance(IntsearchExtension(), migrations.operations.base.Operation)


if __name__ == "__main__":
    unittest.main()
