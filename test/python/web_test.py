"""The page: its answers over HTTP, and in a browser as a user sees them."""

import io
import logging
import sys
import threading
import unittest
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import psycopg
from database import DATABASE
from flask.testing import FlaskClient
from intsearch.web.app import create_app
from intsearch.web.search import Table
from PIL import Image
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait
from werkzeug.serving import make_server

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "demo"))

import boxes
import describe
import photographs

FILES = ("motorcycle_left.png", "motorcycle_right.png", "coffee.png", "coins.png", "astronaut.png")
ENGINE = (320, 220, 450, 350)  # in motorcycle_left.png
ENGINE_RIGHT = (275, 220, 405, 350)
QUERY = {"file": "motorcycle_left.png", "x": 320, "y": 220, "w": 130, "h": 130, "aspect": "box"}

app = None
indexed_app = None


def setUpModule():
    global app, indexed_app
    kinds = {row["file"]: (row["title"], row["kind"]) for row in photographs.listed()}
    with psycopg.connect(dbname=DATABASE, autocommit=True) as connection:
        connection.execute("SET client_min_messages = warning")
        connection.execute("CREATE EXTENSION IF NOT EXISTS intsearch")
        connection.execute("DROP TABLE IF EXISTS photographs")
        connection.execute(
            "CREATE TABLE photographs (file text PRIMARY KEY, title text, kind text,"
            " width integer, height integer, features featmap)"
        )
        for file in FILES:
            with photographs.opened(file) as image:
                npy = io.BytesIO()
                np.save(npy, describe.describe(image))
                connection.execute(
                    "INSERT INTO photographs VALUES (%s, %s, %s, %s, %s, %s)",
                    (file, *kinds[file], *image.size, npy.getvalue()),
                )
        connection.execute(
            "INSERT INTO photographs SELECT '../secret.png', 'secret', 'none', 9, 9, features"
            " FROM photographs WHERE file = 'coffee.png'"
        )
        connection.execute("DROP TABLE IF EXISTS indexed")
        connection.execute("CREATE TABLE indexed AS TABLE photographs")
        connection.execute("CREATE INDEX ON indexed USING intsearch (features)")
    app = create_app(
        f"dbname={DATABASE}", Table("photographs", "title", "kind"), photographs.PICTURES
    )
    indexed_app = create_app(
        f"dbname={DATABASE}", Table("indexed", "title", "kind"), photographs.PICTURES
    )


@contextmanager
def index_is_cheaper():
    """As it is in a large table: sessions that begin meanwhile do not scan tables."""
    with psycopg.connect(dbname=DATABASE, autocommit=True) as connection:
        role = f"ALTER ROLE CURRENT_USER IN DATABASE {DATABASE}"
        connection.execute(f"{role} SET enable_seqscan = off")
        try:
            yield
        finally:
            connection.execute(f"{role} RESET enable_seqscan")


def table_state():
    with psycopg.connect(dbname=DATABASE) as connection:
        return connection.execute(
            "SELECT count(*), md5(string_agg(file || features::text, '' ORDER BY file))"
            " FROM photographs"
        ).fetchone()


class Http(unittest.TestCase):
    def setUp(self):
        self.client: FlaskClient = app.test_client()
        self.before = table_state()

    def tearDown(self):
        self.assertEqual(table_state(), self.before)

    def refused(self, path, status, message, **arguments):
        response = self.client.get(path, query_string=arguments)
        self.assertEqual(response.status_code, status)
        self.assertRegex(response.json["error"], message)

    def search(self, **arguments):
        response = self.client.get("/api/search", query_string={**QUERY, **arguments})
        self.assertEqual(response.status_code, 200, response.get_data(as_text=True))
        return response.json

    def test_search(self):
        found = self.search()
        first = found["answers"][0]
        self.assertEqual(first["file"], "motorcycle_right.png")
        corners = (
            first["x"],
            first["y"],
            first["x"] + first["box_width"],
            first["y"] + first["box_height"],
        )
        self.assertGreater(boxes.intersection_over_union(corners, ENGINE_RIGHT), 0.3)
        scores = [answer["score"] for answer in found["answers"]]
        self.assertEqual(scores, sorted(scores, reverse=True))
        self.assertIs(found["index"], False)

    def test_the_statement_gives_the_answers(self):
        found = self.search(pooling="max", filter="people")
        with psycopg.connect(dbname=DATABASE) as connection:
            rows = connection.execute(found["sql"]).fetchall()
        self.assertEqual([row[0] for row in rows], [answer["file"] for answer in found["answers"]])
        self.assertEqual({row[0] for row in rows}, {"astronaut.png"})

    def test_the_index_gives_the_answers_of_the_exact_scan(self):
        with index_is_cheaper():
            response = indexed_app.test_client().get("/api/search", query_string=QUERY)
        self.assertIs(response.json["index"], True)
        self.assertEqual(response.json["answers"], self.search()["answers"])

    def test_heat_map(self):
        heat = self.client.get(
            "/api/heat", query_string={**QUERY, "in": "motorcycle_left.png"}
        ).json["similarities"]
        heat = np.array(heat, dtype=float)
        self.assertEqual(
            heat.shape, describe.describe(photographs.opened("motorcycle_left.png")).shape[1:]
        )
        with photographs.opened("motorcycle_left.png") as image:
            x1, y1, x2, y2 = (
                round(edge / image.size[i % 2] * heat.shape[1 - i % 2])
                for i, edge in enumerate(ENGINE)
            )
        inside = heat[y1:y2, x1:x2]
        self.assertGreater(np.nanmean(inside), np.nanmean(heat) + 0.1)

    def test_pictures(self):
        response = self.client.get("/picture", query_string={"file": "coffee.png", "side": 100})
        self.assertEqual(max(Image.open(io.BytesIO(response.data)).size), 100)
        self.refused("/picture", 404, "no picture", file="../secret.png")
        self.refused("/picture", 404, "no image", file="/etc/passwd")
        self.refused("/picture", 400, "side", file="coffee.png", side="100000")

    def test_bad_input(self):
        self.refused("/api/search", 400, "no area", **{**QUERY, "w": 0})
        self.refused("/api/search", 400, "no area", **{**QUERY, "h": -5})
        self.refused(
            "/api/search", 400, "x must be a number", **{**QUERY, "x": "1); DROP TABLE photographs"}
        )
        self.refused("/api/search", 400, "finite", **{**QUERY, "x": "nan"})
        self.refused("/api/search", 400, "not inside the image", **{**QUERY, "x": 5000})
        self.refused("/api/search", 404, "no image", **{**QUERY, "file": "other.png"})
        self.refused(
            "/api/search", 404, "no image", **{**QUERY, "file": "'; DROP TABLE photographs; --"}
        )
        self.refused("/api/search", 400, "pooling", **{**QUERY, "pooling": "mean"})
        self.refused("/api/search", 400, "aspect", **{**QUERY, "aspect": "2"})
        self.refused("/api/search", 400, "smallest", **{**QUERY, "smallest": "0"})
        self.refused("/api/search", 400, "limit", **{**QUERY, "limit": "1000000"})
        self.refused("/api/search", 400, "whole number", **{**QUERY, "limit": "٣"})
        self.refused("/api/search", 400, "x is missing", **{**QUERY, "x": ""})
        self.refused("/api/search", 400, "file is missing", **{**QUERY, "file": "a\0b"})
        self.refused("/api/search", 400, "file is missing")
        self.refused("/api/search", 400, "negative", **{**QUERY, "pooling": "gem"})
        self.refused("/api/heat", 404, "no image", **{**QUERY, "in": "other.png"})
        self.assertEqual(self.search(filter="'; DROP TABLE photographs; --")["answers"], [])

    def test_other_hosts_are_refused(self):
        self.assertEqual(self.client.get("/", headers={"Host": "example.org"}).status_code, 403)
        self.assertEqual(self.client.get("/", headers={"Host": "localhost:8017"}).status_code, 200)

    def test_the_session_cannot_write(self):
        from intsearch.web.app import SESSION

        with psycopg.connect(dbname=DATABASE, options=SESSION) as connection:
            with self.assertRaises(psycopg.errors.ReadOnlySqlTransaction):
                connection.execute("DELETE FROM photographs")


class Browser(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        cls.server = make_server("127.0.0.1", 0, app, threaded=True)
        cls.url = f"http://127.0.0.1:{cls.server.port}/"
        threading.Thread(target=cls.server.serve_forever, daemon=True).start()
        options = webdriver.ChromeOptions()
        # no-sandbox: the tests may run as root, and see no page but ours
        for option in (
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--window-size=1280,1400",
        ):
            options.add_argument(option)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        options.binary_location = "/usr/bin/chromium"
        service = webdriver.chrome.service.Service("/usr/bin/chromedriver")
        cls.browser = webdriver.Chrome(service=service, options=options)
        cls.browser.set_page_load_timeout(60)

    @classmethod
    def tearDownClass(cls):
        cls.browser.quit()
        cls.server.shutdown()

    def tearDown(self):
        self.check_requests()
        severe = [
            entry
            for entry in self.browser.get_log("browser")
            if entry["level"] == "SEVERE" and "status of 4" not in entry["message"]
        ]
        self.assertEqual(severe, [])

    def check_requests(self):
        """No other host was asked for anything."""
        resources = self.browser.execute_script(
            "return performance.getEntriesByType('resource').map(entry => entry.name)"
        )
        self.assertEqual([name for name in resources if not name.startswith(self.url)], [])

    def wait(self, condition):
        # a list of answers may be replaced while it is read
        waiting = WebDriverWait(
            self.browser, 60, ignored_exceptions=(StaleElementReferenceException,)
        )
        return waiting.until(lambda _: condition())

    def find(self, selector):
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector):
        return self.wait(lambda: next(iter(self.find(selector)), None))

    def open(self, address=""):
        self.browser.get(self.url + address)
        self.wait(lambda: len(self.find("#gallery .card")) > 0)

    def open_photograph(self, file="motorcycle_left.png"):
        self.open()
        self.one(f'#gallery .card[data-file="{file}"]').click()
        self.wait(
            lambda: self.browser.execute_script(
                "const p = document.getElementById('photo');"
                "return p.complete && p.naturalWidth > 0"
            )
        )

    def draw(self, region, file="motorcycle_left.png"):
        """Drags from corner to corner of a region in the photograph's pixels."""
        with photographs.opened(file) as image:
            size = image.size
        stage = self.one("#stage")
        place = stage.rect
        corner = [
            (region[i] / size[i % 2] - 0.5) * place[("width", "height")[i % 2]] for i in range(4)
        ]
        actions = ActionChains(self.browser)
        actions.move_to_element_with_offset(stage, corner[0], corner[1]).click_and_hold()
        actions.move_to_element_with_offset(stage, (corner[0] + corner[2]) / 2, corner[3])
        actions.move_to_element_with_offset(stage, corner[2], corner[3]).release().perform()

    def answers(self):
        self.wait(lambda: "answers in" in self.one("#status").text)
        return self.find("#answers .card")

    def found_box(self, card):
        rect = card.find_element(By.CSS_SELECTOR, "rect.found")
        x, y, width, height = (
            float(rect.get_attribute(name)) for name in ("x", "y", "width", "height")
        )
        return x, y, x + width, y + height

    def test_a_box_that_is_drawn_is_found(self):
        self.open_photograph()
        self.draw(ENGINE)
        first = self.answers()[0]
        self.assertEqual(first.get_attribute("data-file"), "motorcycle_right.png")
        self.assertGreater(boxes.intersection_over_union(self.found_box(first), ENGINE_RIGHT), 0.3)
        self.assertIn("exact scan", self.one("#status").text)
        self.one("#statement summary").click()
        self.assertIn("ORDER BY features <=>", self.one("#sql").text)

    def test_the_index_is_named_where_it_answers(self):
        server = make_server("127.0.0.1", 0, indexed_app, threaded=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.shutdown)
        self.addCleanup(setattr, self, "url", self.url)
        self.url = f"http://127.0.0.1:{server.port}/"
        with index_is_cheaper():
            self.open("?" + urlencode(QUERY))
            self.assertEqual(self.answers()[0].get_attribute("data-file"), "motorcycle_right.png")
        self.assertIn("by the index", self.one("#status").text)
        self.check_requests()

    def test_a_link_opens_the_same_search(self):
        self.open_photograph()
        Select(self.one("select[name=pooling]")).select_by_value("max")
        Select(self.one("select[name=aspect]")).select_by_value("any")
        self.draw(ENGINE)
        before = [(card.get_attribute("data-file"), card.text) for card in self.answers()]
        address = self.browser.current_url.removeprefix(self.url)
        self.open("?file=coffee.png")
        self.open(address)
        self.assertEqual(
            [(card.get_attribute("data-file"), card.text) for card in self.answers()], before
        )
        self.assertEqual(self.one("select[name=pooling]").get_attribute("value"), "max")
        self.assertEqual(self.one("select[name=aspect]").get_attribute("value"), "any")

    def test_going_back_shows_the_search_before(self):
        self.open_photograph()
        self.draw(ENGINE)
        before = [card.text for card in self.answers()]
        self.one("#answers .card button:last-child").click()
        self.wait(lambda: not self.find("#answers .card"))
        self.assertEqual(self.one("#photo-title").text, "Motorcycle, right camera")
        self.browser.back()
        self.assertEqual([card.text for card in self.answers()], before)

    def test_settings_and_heat_map(self):
        self.open_photograph()
        self.draw(ENGINE)
        self.answers()
        Select(self.one("select[name=pooling]")).select_by_value("max")
        self.wait(lambda: "pooling => 'max'" in self.one("#sql").get_attribute("textContent"))
        Select(self.one("select[name=filter]")).select_by_value("people")
        self.wait(
            lambda: [card.get_attribute("data-file") for card in self.find("#answers .card")]
            == ["astronaut.png"]
        )
        self.one("#answers .card button").click()
        self.wait(lambda: self.find("#answers .heat"))
        self.one("#answers .card button").click()
        self.wait(lambda: not self.find("#answers .heat"))

    def test_keyboard(self):
        self.open_photograph()
        self.one("#stage").send_keys(
            Keys.ARROW_RIGHT, Keys.ARROW_LEFT, Keys.SHIFT + Keys.ARROW_DOWN, Keys.ENTER
        )
        self.assertGreater(len(self.answers()), 0)

    def test_keyboard_alone(self):
        self.open()
        self.one('#gallery .card[data-file="motorcycle_left.png"]').send_keys(Keys.ENTER)
        self.wait(lambda: self.browser.switch_to.active_element == self.one("#stage"))
        stage = self.browser.switch_to.active_element
        stage.send_keys(Keys.ARROW_RIGHT)
        box = self.one("#box").rect
        stage.send_keys(Keys.ARROW_RIGHT, Keys.ARROW_UP, Keys.SHIFT + Keys.ARROW_RIGHT)
        moved = self.one("#box").rect
        self.assertGreater(moved["x"], box["x"])
        self.assertLess(moved["y"], box["y"])
        self.assertGreater(moved["width"], box["width"])
        stage.send_keys(Keys.ENTER)
        self.assertGreater(len(self.answers()), 0)

    def test_links_that_make_no_sense_get_a_clear_answer(self):
        for change, message in (
            ({"x": 5000}, "not inside the image"),
            ({"w": 0}, "no area"),
            ({"smallest": "'; DROP TABLE photographs; --"}, "whole number"),
            ({"pooling": "mean"}, "pooling"),
            ({"pooling": "gem"}, "negative"),
        ):
            self.open("?" + urlencode({**QUERY, **change}))
            self.wait(lambda: message in self.one("#status").text)
            self.assertEqual(self.find("#answers .card"), [])

    def test_a_box_without_area_gets_a_clear_answer(self):
        self.open_photograph()
        self.one("#stage").click()
        self.wait(lambda: "no area" in self.one("#status").text)

    def test_an_unknown_photograph_gets_a_clear_answer(self):
        self.open("?file=other.png")
        self.wait(lambda: "no image" in self.one("#lead").text)

    def test_narrow_screens(self):
        self.browser.set_window_size(500, 900)
        self.addCleanup(self.browser.set_window_size, 1280, 1400)
        # a window is never that narrow, a phone is
        self.browser.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": 360, "height": 740, "deviceScaleFactor": 1, "mobile": True},
        )
        self.addCleanup(self.browser.execute_cdp_cmd, "Emulation.clearDeviceMetricsOverride", {})
        self.open_photograph()
        self.draw(ENGINE)
        self.answers()
        self.assertLessEqual(
            self.browser.execute_script("return document.documentElement.scrollWidth"), 360
        )
        self.one("#stage").send_keys(Keys.ARROW_DOWN, Keys.ENTER)
        self.assertGreater(len(self.answers()), 0)
        before = self.browser.current_url
        self.open(before.removeprefix(self.url))
        self.answers()
        self.assertEqual(self.browser.current_url, before)


if __name__ == "__main__":
    unittest.main()
