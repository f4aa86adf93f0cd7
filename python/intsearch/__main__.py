"""python3 -m intsearch: load maps, describe photographs, browse them.

The database is the one that libpq's variables name (PGDATABASE, PGHOST and its like), or
--database.
"""

import argparse
import sys

from . import command_browse, command_describe, command_load
from .errors import CommandError

COMMANDS = (command_load, command_describe, command_browse)


def arguments():
    parser = argparse.ArgumentParser(prog="intsearch", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    for module in COMMANDS:
        command = commands.add_parser(module.NAME, help=module.HELP, description=module.__doc__)
        command.add_argument(
            "--database",
            metavar="CONNINFO",
            default="",
            help="as psql takes it: a name, or host=... dbname=...",
        )
        module.add_arguments(command)
        command.set_defaults(run=module.run)
    return parser.parse_args()


def main():
    options = arguments()
    # psql's habit: a word is a database's name
    if options.database and "=" not in options.database and "://" not in options.database:
        options.database = f"dbname={options.database}"
    try:
        return options.run(options)
    except CommandError as error:
        print(f"intsearch: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("intsearch: interrupted; a second run adds what is missing", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
