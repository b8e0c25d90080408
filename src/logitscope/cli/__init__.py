"""The command line: arguments to calls, results to a table, figures and files; no mathematics.

Everything heavy is imported by the command that needs it, so that ``--help`` is immediate.
"""

import sys
from collections.abc import Sequence

from logitscope.cli._arguments import parse


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
    arguments = parse(argv)
    from logitscope._exceptions import InvalidInputError, MissingDependencyError

    try:
        code: int = arguments.run(arguments)
    except (InvalidInputError, MissingDependencyError, OSError) as error:
        print(f"logitscope {arguments.command}: {_in_words(error)}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"logitscope {arguments.command}: interrupted before there was anything to keep", file=sys.stderr)
        return 130
    return code


def _in_words(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return str(error)


__all__ = ["main"]
