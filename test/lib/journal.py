"""Clients that write maps and keep a journal of it, and the comparison of table and journal.

    journal.py write FOLDER CLIENTS    until there is a file FOLDER/stop, or no connection for PATIENCE seconds
    journal.py check FOLDER            exit status 1 if the table "written" is not what the journals tell

Called by test/durability, with the server and database in the environment. Each client has rows of its own and does
one thing after the other: it inserts, updates or deletes a row, learns in the same transaction what is stored, writes
that to its journal (FOLDER/NUMBER), commits, and writes that the commit was reported. So only the last entry of a
client that lost its connection is open: that change is there or it is not, but nothing between.
"""

import io
import multiprocessing
import pathlib
import sys
import time

import numpy as np
import psycopg

# Channels, height, width: from maps that stay in the row to maps of some hundred kB in the TOAST table.
SHAPES = [(1, 2, 2), (8, 5, 5), (32, 12, 12), (256, 18, 16), (512, 24, 24)]

STORED = "md5(featmap_send(features)) || md5(featmap_to_array(features)::text)"
NOTHING = "-"

# Rows of client n begin at n times this.
CLIENT_ROWS = 10**12

PATIENCE = 5


class Journal:
    """What a client knows: `rows` as committed, by id; `open` is the change of which it does not know, or None."""

    def __init__(self, path):
        self.path = path
        self.rows = {}
        self.open = None
        self.last = 0
        self.commits = 0
        for line in path.read_text().splitlines() if path.exists() else ():
            self.read(line)

    def read(self, line):
        word, *rest = line.split()
        if word == "try":
            self.open = int(rest[0]), rest[1]
            self.last = max(self.last, self.open[0])
            return
        if word == "done":
            row, stored = self.open
            self.rows[row] = stored
            self.commits += 1
            if stored == NOTHING:
                del self.rows[row]
        self.open = None

    def write(self, line):
        with self.path.open("a") as file:
            file.write(line + "\n")
        self.read(line)

    def allowed(self):
        """The row whose change is open, and what it may hold: what was there, or what was to be there."""
        row, stored = self.open
        return row, {self.rows.get(row, NOTHING), stored}

    def resolve(self, connection):
        """Looks up what became of the open change."""
        if self.open is None:
            return
        row, allowed = self.allowed()
        found = connection.execute(f"SELECT {STORED} FROM written WHERE id = %s", [row]).fetchone()
        found = found[0] if found else NOTHING
        if found not in allowed:
            sys.exit(f"row {row} is {found}, not one of {allowed}")
        self.write("done" if found == self.open[1] else "not")


def random_npy(rng):
    """A map, dense or sparse, signed or not, as a file."""
    shape = SHAPES[rng.integers(len(SHAPES))]
    values = rng.normal(size=shape) * (rng.random(shape) < rng.choice([0.1, 0.5, 1]))
    buffer = io.BytesIO()
    np.save(buffer, (np.abs(values) if rng.random() < 0.5 else values).astype(np.float32))
    return buffer.getvalue()


def change(connection, journal, rng, first):
    """One change, committed."""
    kind = rng.choice(["insert", "update", "delete"], p=[0.5, 0.35, 0.15]) if journal.rows else "insert"
    row = max(first, journal.last) + 1 if kind == "insert" else int(rng.choice(list(journal.rows)))
    values = {"row": row, "npy": random_npy(rng), "bits": int(rng.choice([8, 16]))}
    with connection.transaction():
        if kind == "delete":
            connection.execute("DELETE FROM written WHERE id = %(row)s", {"row": row})
            journal.write(f"try {row} {NOTHING}")
        else:
            statement = {
                "insert": "INSERT INTO written VALUES (%(row)s, featmap_from_npy(%(npy)s, %(bits)s))",
                "update": "UPDATE written SET features = featmap_from_npy(%(npy)s, %(bits)s) WHERE id = %(row)s",
            }[kind]
            stored = connection.execute(f"{statement} RETURNING {STORED}", values).fetchone()[0]
            journal.write(f"try {row} {stored}")
    journal.write("done")


def write(folder, number):
    journal = Journal(folder / str(number))
    rng = np.random.default_rng([number, journal.commits])
    connected = time.monotonic()
    while not (folder / "stop").exists() and time.monotonic() < connected + PATIENCE:
        try:
            with psycopg.connect(application_name="writer", autocommit=True) as connection:
                journal.resolve(connection)
                connected = time.monotonic()
                while not (folder / "stop").exists():
                    change(connection, journal, rng, number * CLIENT_ROWS)
                    connected = time.monotonic()
        except psycopg.OperationalError:
            time.sleep(0.1)


def check(folder):
    journals = [Journal(path) for path in sorted(folder.glob("[0-9]*"))]
    with psycopg.connect() as connection:
        found = dict(connection.execute(f"SELECT id, {STORED} FROM written").fetchall())
        query = "array_fill(1::real, ARRAY[channels(features)])"
        search = f"SELECT count(*) FROM written, intsearch(features, featquery({query}, max_height => 2))"
        searched = connection.execute(search).fetchone()[0]
    wrong = []
    for journal in journals:
        expected = {row: {stored} for row, stored in journal.rows.items()}
        if journal.open is not None:
            row, allowed = journal.allowed()
            expected[row] = allowed
        wrong += [row for row, allowed in expected.items() if found.pop(row, NOTHING) not in allowed]
    commits = sum(journal.commits for journal in journals)
    in_doubt = sum(journal.open is not None for journal in journals)
    wrong += found  # rows that nobody wrote
    if wrong or commits == 0:
        sys.exit(f"{len(wrong)} rows are not as they were committed, such as {wrong[:3]}; {commits} commits")
    rows = sum(len(journal.rows) for journal in journals)
    told = f"ok: {commits} commits so far, {rows} rows are as committed, {in_doubt} changes were open"
    print(f"{told}; a search found {searched} windows")


def main():
    folder = pathlib.Path(sys.argv[2])
    if sys.argv[1] == "check":
        check(folder)
        return
    clients = [multiprocessing.Process(target=write, args=(folder, n + 1)) for n in range(int(sys.argv[3]))]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    sys.exit(any(client.exitcode != 0 for client in clients))


if __name__ == "__main__":
    main()
