"""Runs every block of SQL and Python that README.md shows, in order, in the database at hand.

    readme.py FILE

The server is found by the usual environment variables (PGHOST and its like). Prints each statement's
result; the exit status tells whether all ran.
"""

import os
import re
import subprocess
import sys


def blocks(text):
    """The fenced blocks of a Markdown file, as (language, body)."""
    return re.findall(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def run(language, body):
    if language == "sql":
        command = ["psql", "-X", "-v", "ON_ERROR_STOP=1", "-f", "-"]
    else:
        command = [sys.executable, "-"]
    return subprocess.run(command, input=body, text=True).returncode


def main(path):
    os.environ.setdefault("PAGER", "")
    with open(path, encoding="utf-8") as file:
        wanted = [block for block in blocks(file.read()) if block[0] in ("sql", "python")]
    if not wanted:
        sys.exit(f"{path} shows no SQL")
    failed = [body for language, body in wanted if run(language, body) != 0]
    for body in failed:
        print(f"FAILED:\n{body}", file=sys.stderr)
    print(f"{os.path.basename(path)}: {len(wanted) - len(failed)} blocks ran, {len(failed)} failed")
    return len(failed) > 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
