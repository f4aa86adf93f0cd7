"""What the commands of the bench have in common: their options, and what they tell of the machine."""

import argparse
import os
import pathlib
import platform


def parse_arguments(program, quick, maps):
    """The options; `quick` and `maps` tell what --quick and --maps do."""
    parser = argparse.ArgumentParser(prog=program)
    parser.add_argument("--quick", action="store_true", help=quick)
    parser.add_argument(
        "--maps", metavar="FOLDER", type=pathlib.Path, default=os.environ.get("INTSEARCH_MAPS"), help=maps
    )
    parser.add_argument("--check", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.maps is not None:
        arguments.maps = pathlib.Path(arguments.maps)
        if not arguments.maps.is_dir():
            parser.error(f"there is no folder {arguments.maps}")
    return arguments


def processor():
    try:
        with open("/proc/cpuinfo") as info:
            names = [line.split(":")[1].strip() for line in info if line.startswith("model name")]
        return f"{names[0]}, {len(names)} logical processors"
    except (OSError, IndexError):
        return f"{platform.machine()}, {os.cpu_count()} logical processors"
