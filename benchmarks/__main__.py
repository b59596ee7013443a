"""The command: ``python -m benchmarks [run|prepare|report|list]``."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

from . import page, running
from .rows import GROUPS, ROWS, chosen
from .workplace import BusyError, MissingDataError

HELP = """\
Measure wordgraft against gensim, row by row; what is measured already is not measured again as
long as sources, versions and machine stay. Without a command: run.

  python -m benchmarks                           everything, then the page
  python -m benchmarks run training_speed        one group
  python -m benchmarks run 'quality/wiki-*'      rows by name
  python -m benchmarks --quick                   tiny sizes: does it run at all?
  python -m benchmarks prepare                   what needs no quiet machine, ahead
  python -m benchmarks report                    docs/benchmarks.md from the results
"""


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    top = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = top.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help=f"measure; groups: {', '.join(GROUPS)}")
    run.add_argument("rows", nargs="*", help="groups or rows; all if none")
    run.add_argument("--redo", action="store_true", help="measure again what is measured")
    run.add_argument(
        "--wait", type=float, default=0.0, metavar="SECONDS", help="for a quiet machine, per row"
    )
    prepare = commands.add_parser("prepare", help="text files and gensim's quality runs, ahead")
    report = commands.add_parser("report", help="write the tables of docs/benchmarks.md")
    report.add_argument("--check", action="store_true", help="only say whether they are right")
    commands.add_parser("list", help="name the rows")
    child = commands.add_parser("child", help="(used by run) measure one row in this process")
    for name in ("row", "scratch", "result"):
        child.add_argument(name)
    for command in (run, prepare, child):
        command.add_argument("--quick", action="store_true", help="tiny sizes, results aside")
    return top


def main(arguments: list[str]) -> int:
    """Run the command and return the exit code: 1 where a row failed or a page is stale."""
    if not arguments or (arguments[0].startswith("-") and arguments[0] not in ("-h", "--help")):
        arguments = ["run", *arguments]
    told = parser().parse_args(arguments)
    if told.command == "child":
        (row,) = [row for row in ROWS if row.name == told.row]
        return running.child(
            row, scratch=Path(told.scratch), result=Path(told.result), quick=told.quick
        )
    if told.command == "list":
        for row in ROWS:
            print(f"{row.name:32} {row.expected:4} s   {row.title}")
        return 0
    if told.command == "report":
        return _report(check=told.check)
    # Ended from outside, as by Ctrl-C: the process that measures must not go on alone.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        if told.command == "prepare":
            running.prepare(quick=told.quick)
            return 0
        whole = _run(told)
    except (ValueError, BusyError, MissingDataError) as error:
        print(error, file=sys.stderr)
        return 2 if isinstance(error, ValueError) else 1
    except KeyboardInterrupt:
        print("interrupted: what was measured is kept; the same command goes on", file=sys.stderr)
        return 130
    return 0 if whole else 1


def _run(told: argparse.Namespace) -> bool:
    rows = chosen(told.rows)
    try:
        return running.run(rows, quick=told.quick, redo=told.redo, wait=told.wait)
    finally:
        if not told.quick:
            _report(check=False)


def _report(*, check: bool) -> int:
    stale = page.stale()
    if not check:
        page.write()
    for path in stale:
        print(f"{path}: {'stale' if check else 'tables written'}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
