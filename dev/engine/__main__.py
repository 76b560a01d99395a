"""Command line: ``python3 -m dev.engine build | path | clean``."""

import argparse
import signal
import sys
from types import FrameType

from dev.engine import builder, process
from dev.engine.errors import EngineError
from dev.engine.folders import folders
from messages.progress import report


def main(arguments: list[str]) -> int:
    """Run one subcommand.

    Returns:
        The exit status: 0 when done, 1 after an error, which is one line on standard error.
    """
    parser = argparse.ArgumentParser(
        prog="engine", description="Finds, downloads or builds the Pulumi engine."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser(
        "build", help="find, download or build the engine; print the folder to put first on PATH"
    )
    commands.add_parser("path", help="print that folder, if it is there already")
    commands.add_parser("clean", help="remove what was built and downloaded")
    command = parser.parse_args(arguments).command
    try:
        return _run(command)
    except EngineError as error:
        print(f"engine: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        process.stop_all()
        report("engine: stopped; run it again to go on")
        return 130


def _run(command: str) -> int:
    where = folders()
    if command == "clean":
        builder.clean(where)
        return 0
    folder = builder.build(where) if command == "build" else builder.find(where)
    if folder is None:
        raise EngineError("not built yet: run python3 -m dev.engine build")
    print(folder)
    return 0


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _interrupt)
    sys.exit(main(sys.argv[1:]))
