"""Runs every block that documents show, in order, in the database at hand.

    readme.py FILE... [NAME=HOST ...]

The server is found by the usual environment variables (PGHOST and its like). What is run, by the language of a block:

    sql                  by psql
    sql demo             by psql, in the database demo, which demo/run makes
    sql error            by psql, and has to fail
    sql pgvector         skipped where pgvector is not installed
    sql on every shard   on each HOST whose NAME begins with "shard"
    python, js           by Python, by Node.js; skipped where a module that the block imports is not installed
    sh                   not run, but every command of this repository in it has to be there

In all blocks each NAME, of a machine, is replaced by its HOST. A text block right after a block is its output, and
compared: of psql without the line that counts the rows, of an error its first line. Other text blocks are not run.

Prints a line a document, and what failed. The exit status is 0 only if nothing did.
"""

import argparse
import difflib
import os
import pathlib
import re
import subprocess
import sys
from dataclasses import dataclass

PROJECT = pathlib.Path(__file__).resolve().parents[2]

FENCED = re.compile(r"^```(\w[\w ]*)\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", re.MULTILINE | re.DOTALL)

# What can be told of a run beside its output.
SKIPPED = object()


@dataclass(frozen=True)
class Block:
    kind: str  # the language, with what stands after it
    body: str
    shown: str  # the output that the document shows, or None

    @property
    def language(self):
        return self.kind.split()[0]


def blocks(text):
    return [Block(*parts) for parts in FENCED.findall(text) if parts[0] != "text"]


def command_output(command, body, settings={}):
    """Exit status and output of a command that reads the body; its errors go to the output as well."""
    answer = subprocess.run(
        command, input=body, text=True, env=os.environ | settings, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    return answer.returncode, answer.stdout


def run_sql(body, settings={}):
    return command_output(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", "-"], body, settings)


def has_pgvector():
    _, answer = command_output(
        ["psql", "-X", "-A", "-t", "-c", "SELECT count(*) FROM pg_available_extensions WHERE name = 'vector'"], ""
    )
    return answer.strip() == "1"


def run_sql_block(block, hosts):
    if block.kind == "sql pgvector" and not has_pgvector():
        return SKIPPED
    if block.kind == "sql on every shard":
        shards = [host for name, host in hosts.items() if name.startswith("shard")]
        return max(run_sql(block.body, {"PGHOST": host}) for host in shards)
    if block.kind == "sql demo":
        return run_sql(block.body, {"PGDATABASE": "demo"})
    if block.kind == "sql error":
        status, output = run_sql(block.body)
        return int(status == 0), re.sub(r"^psql:<stdin>:\d+: ", "", output).split("\n")[0]
    return run_sql(block.body)


def run_python(block):
    modules = re.findall(r"^(?:import|from) (\w+)", block.body, re.MULTILINE)
    status, _ = command_output([sys.executable, "-c", "\n".join(f"import {module}" for module in modules)], "")
    return command_output([sys.executable, "-"], block.body) if status == 0 else SKIPPED


def run_js(block):
    modules = re.findall(r"require\(['\"]([\w-]+)['\"]\)", block.body)
    try:
        status, _ = command_output(["node", "-e", "\n".join(f"require('{module}')" for module in modules)], "")
    except FileNotFoundError:
        return SKIPPED
    return command_output(["node", "-"], block.body) if status == 0 else SKIPPED


def check_sh(block):
    commands = re.findall(r"^(?:sudo )?((?:demo|test|bench)/\w+)", block.body, re.MULTILINE)
    missing = [command for command in commands if not os.access(PROJECT / command, os.X_OK)]
    return len(missing), "".join(f"there is no command {command}\n" for command in missing)


def run(block, hosts):
    """Exit status and output of a block, or SKIPPED."""
    if block.language == "sql":
        return run_sql_block(block, hosts)
    return {"python": run_python, "js": run_js, "sh": check_sh}[block.language](block)


def plain_lines(output):
    """Without what psql pads lines with, and without the number of rows."""
    lines = [line.rstrip() for line in output.split("\n")]
    return [line for line in lines if line and not re.fullmatch(r"\(\d+ rows?\)", line)]


def with_hosts(block, hosts):
    body = block.body
    if block.kind != "sql on every shard":
        for name, host in hosts.items():
            body = body.replace(name, host)
    return Block(block.kind, body, block.shown)


def trouble_of(block, result):
    """What is wrong with a block's result; empty if nothing is."""
    status, output = result
    if status != 0:
        return output or "no error"
    if not block.shown or plain_lines(block.shown) == plain_lines(output):
        return ""
    return "\n".join(difflib.unified_diff(plain_lines(block.shown), plain_lines(output), "shown", "printed", lineterm=""))


def run_document(path, hosts):
    """Runs a document's blocks and prints what came of it; True if nothing failed."""
    with open(path, encoding="utf-8") as file:
        found = blocks(file.read())
    if not found:
        sys.exit(f"{path} shows nothing that runs")
    results = [(block, run(block, hosts)) for block in (with_hosts(block, hosts) for block in found)]
    done = [(block, trouble_of(block, result)) for block, result in results if result is not SKIPPED]
    failed = [(block, trouble) for block, trouble in done if trouble]
    for block, trouble in failed:
        print(f"FAILED, {path}:\n{block.body}\n{trouble}\n")
    compared = sum(1 for block, _ in done if block.shown)
    skipped = len(results) - len(done)
    print(
        f"{os.path.basename(path)}: {len(done) - len(failed)} blocks ran, {len(failed)} failed"
        + (f", output compared of {compared}" if compared else "")
        + (f", {skipped} skipped" if skipped else "")
    )
    return not failed


def main():
    parser = argparse.ArgumentParser(prog="readme.py", description="Runs every block that documents show.")
    parser.add_argument("files", metavar="FILE", nargs="+", help="documents, or NAME=HOST of a machine that they name")
    arguments = parser.parse_args()
    os.environ["PAGER"] = ""
    os.environ["PGOPTIONS"] = "-c client_min_messages=warning"
    hosts = dict(argument.split("=", 1) for argument in arguments.files if "=" in argument)
    documents = [argument for argument in arguments.files if "=" not in argument]
    return all([run_document(path, hosts) for path in documents])


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
