"""Runs every block of SQL and Python that README.md shows, in order, in the database at hand.

    readme.py FILE [NAME=HOST ...]

The server is found by the usual environment variables (PGHOST and its like). In all blocks each NAME, of
a machine, is replaced by its HOST; a block that begins with ```sql on every shard runs on each of them whose
name begins with "shard", and one that begins with ```sql pgvector is skipped where pgvector is not installed.
Prints each statement's result; the exit status tells whether all ran.
"""

import os
import re
import subprocess
import sys


def blocks(text):
    """The fenced blocks of a Markdown file, as (language, body); the language with what stands behind it."""
    return re.findall(r"^```(\w[\w ]*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def has_pgvector():
    query = "SELECT count(*) FROM pg_available_extensions WHERE name = 'vector'"
    answer = subprocess.run(["psql", "-X", "-A", "-t", "-c", query], check=True, capture_output=True, text=True)
    return answer.stdout.strip() != "0"


def run(language, body, hosts):
    if language == "sql on every shard":
        shards = [host for name, host in hosts.items() if name.startswith("shard")]
        return max(run_here("sql", body, {"PGHOST": host}) for host in shards)
    for name, host in hosts.items():
        body = body.replace(name, host)
    return run_here(language.split()[0], body)


def run_here(language, body, settings={}):
    if language == "sql":
        command = ["psql", "-X", "-v", "ON_ERROR_STOP=1", "-f", "-"]
    else:
        command = [sys.executable, "-"]
    return subprocess.run(command, input=body, text=True, env=os.environ | settings).returncode


def main(path, *hosts):
    os.environ.setdefault("PAGER", "")
    with open(path, encoding="utf-8") as file:
        shown = [block for block in blocks(file.read()) if block[0].split()[0] in ("sql", "python")]
    if not shown:
        sys.exit(f"{path} shows no SQL")
    wanted = [block for block in shown if block[0] != "sql pgvector"]
    if len(wanted) < len(shown) and has_pgvector():
        wanted = shown
    hosts = dict(pair.split("=", 1) for pair in hosts)
    failed = [body for language, body in wanted if run(language, body, hosts) != 0]
    for body in failed:
        print(f"FAILED:\n{body}", file=sys.stderr)
    skipped = f", {len(shown) - len(wanted)} skipped without pgvector" if len(wanted) < len(shown) else ""
    print(f"{os.path.basename(path)}: {len(wanted) - len(failed)} blocks ran, {len(failed)} failed{skipped}")
    return len(failed) > 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
