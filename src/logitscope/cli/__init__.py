"""The command line: arguments to calls, results to a table, figures and files; no mathematics.

Everything heavy is imported by the command that needs it, so that ``--help`` is immediate.
"""

import argparse
import atexit
import gc
import io
import os
import sys
from collections.abc import Sequence

from logitscope.cli._arguments import parse
from logitscope.cli._words import as_typed


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments; by default those of the process.

    Returns
    -------
    int
        Exit code: 0 done, 1 a claim failed, 2 an argument or a file that cannot be used, 130 interrupted.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that has no σ shows ?, and the run goes on
    arguments = parse(argv)
    if argv is None:  # as a program
        os.environ["MPLBACKEND"] = "agg"  # figures become files, whatever windows are asked for
        atexit.register(gc.freeze)  # or Python takes all cycles apart at the end, for half a second
    from logitscope._exceptions import InvalidInputError, MissingDependencyError

    try:
        code: int = arguments.run(arguments)
    except (InvalidInputError, MissingDependencyError, OSError) as error:
        print(f"logitscope {arguments.command}: {_in_words(error, arguments)}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"logitscope {arguments.command}: interrupted; nothing was written", file=sys.stderr)
        return 130
    return code


def _in_words(error: Exception, arguments: argparse.Namespace) -> str:
    """Return the error's sentence, with arguments named as they were typed."""
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return as_typed(str(error), arguments)


__all__ = ["main"]
