"""``python -m samovar.as_flask``: run a program for which ``flask`` means Samovar.

Everything after the script or module belongs to the program, as with ``python`` itself.
"""

from __future__ import annotations

import runpy
import sys
from pathlib import Path
from types import TracebackType

from samovar.as_flask import install

USAGE = """\
Usage: python -m samovar.as_flask SCRIPT [ARGUMENTS]...
       python -m samovar.as_flask -m MODULE [ARGUMENTS]...

Runs a Flask program on Samovar, without a change to it.
"""

_RUNPY = runpy.run_path.__code__.co_filename


def main() -> None:
    """Run the script or module that the command line names, then exit."""
    arguments = sys.argv[1:]
    if not arguments or arguments[0] in ("-h", "--help") or arguments == ["-m"]:
        sys.stderr.write(USAGE)
        sys.exit(0 if arguments and arguments[0] != "-m" else 2)
    if arguments[0] != "-m" and not Path(arguments[0]).exists():
        sys.stderr.write(f"There is no file {arguments[0]!r} in {str(Path.cwd())!r}.\n")
        sys.exit(1)
    install()
    try:
        _run(arguments)
    except Exception as error:
        # Through the hook, as Python itself does it: the program may have put its own there.
        frames = _without_our_frames(error.__traceback__)
        sys.excepthook(type(error), error.with_traceback(frames), frames)
        sys.exit(1)


def _run(arguments: list[str]) -> None:
    if arguments[0] == "-m":
        sys.argv = arguments[1:]
        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = arguments
        sys.path[0] = str(Path(arguments[0]).resolve().parent)
        runpy.run_path(arguments[0], run_name="__main__")


def _without_our_frames(frames: TracebackType | None) -> TracebackType | None:
    """Leave out the frames between Python and the program's first line."""
    first = frames
    while first is not None and (
        first.tb_frame.f_globals is globals() or first.tb_frame.f_code.co_filename == _RUNPY
    ):
        first = first.tb_next
    # None for a syntax error in the program: the error's own text says where it is.
    return first


if __name__ == "__main__":
    main()
