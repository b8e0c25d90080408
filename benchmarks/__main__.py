"""One command that runs every race, each in a process of its own, and writes what came of them.

It knows races by name; it never knows what they measure.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks._races import RACES, Result, as_result

HERE = Path(__file__).parent
BLAS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
# In races on large data everybody has the threads that it starts by itself (OpenMP's, and ours); in others one.
UNLIMITED = dict.fromkeys(("kernel", "solvers", "growth"), ("OMP_NUM_THREADS",)) | {
    "installed": ("OMP_NUM_THREADS", *BLAS)
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run races, print and write what came of them; return 1 if a race fails or a figure misses its floor.

    At tiny sizes no figure counts: only whether the races run.
    """
    arguments = _arguments(argv)
    if arguments.worker:
        return _work(arguments)
    results = [_run(name, arguments.quick, arguments.blas_threads) for name in arguments.only or RACES]
    figures = [figure for result in results for figure in result.figures]
    from benchmarks._table import headline

    print("\nTiny sizes (--quick): no figure counts." if arguments.quick else "\n" + headline(figures))
    is_whole = not (arguments.only or arguments.quick)
    if arguments.out is not None or is_whole:
        _write(results, Path(arguments.out or HERE), arguments.quick, arguments.blas_threads)
    if arguments.readme and is_whole:
        _show(headline(figures), Path(arguments.readme))
    has_failed = any(not result.tables for result in results)
    has_missed = not arguments.quick and any(figure.verdict == "missed" for figure in figures)
    return 1 if has_failed or has_missed else 0


def _write(results: Sequence[Result], out: Path, is_quick: bool, blas_threads: int) -> None:
    """Write the page and its figure."""
    from benchmarks._figure import draw
    from benchmarks._machine import describe
    from benchmarks._table import page

    out.mkdir(parents=True, exist_ok=True)
    (out / "RESULTS.md").write_text(page(results, describe(blas_threads), is_quick=is_quick), encoding="utf-8")
    print(f"wrote {out / 'RESULTS.md'}")
    ratios = [figure for result in results for figure in result.figures if figure.is_ratio]
    if ratios:
        draw(ratios, out / "ratios.png")
        print(f"wrote {out / 'ratios.png'}")


def _show(table: str, readme: Path) -> None:
    """Put the headline in place of the one that a README shows."""
    from benchmarks._table import replaced

    readme.write_text(replaced(readme.read_text(encoding="utf-8"), table), encoding="utf-8")
    print(f"wrote {readme}")


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.split("\n")[0])
    parser.add_argument("--only", action="append", choices=RACES, metavar="RACE", help="a race, of " + ", ".join(RACES))
    parser.add_argument("--quick", action="store_true", help="tiny sizes, to see that everything runs")
    parser.add_argument(
        "--out", metavar="DIR", help="where RESULTS.md and ratios.png go (benchmarks/, if every race is run)"
    )
    parser.add_argument(
        "--blas-threads", type=int, default=1, metavar="N",
        help="threads of BLAS itself, for everybody (1: on a small machine more of them slow most contestants)",
    )  # fmt: skip
    parser.add_argument("--readme", metavar="FILE", help="a README to show the headline of a whole run in")
    parser.add_argument("--worker", metavar="FILE", help=argparse.SUPPRESS)
    arguments = parser.parse_args(argv)
    if arguments.blas_threads < 1:
        parser.error(f"--blas-threads must be an integer >= 1; got {arguments.blas_threads}")
    if arguments.readme and arguments.blas_threads != 1:
        parser.error("--readme shows what is measured with one thread of BLAS; leave --blas-threads out")
    return arguments


def _run(name: str, quick: bool, blas_threads: int) -> Result:
    """Run a race in a fresh process: what one library does to the memory and threads of a process stays there."""
    print(f"{name} ...", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "result.json"
        command = [sys.executable, "-m", "benchmarks", "--only", name, "--worker", str(path)]
        limits = dict.fromkeys(BLAS, str(blas_threads)) | {"OMP_NUM_THREADS": "1"}
        environment = os.environ | limits | {"PYTHONWARNINGS": "ignore"}
        for limit in UNLIMITED.get(name, ()):
            del environment[limit]
        done = subprocess.run(command + ["--quick"] * quick, env=environment)
        if done.returncode or not path.exists():
            return Result(name, f"{name}: failed", [f"The race ended with exit code {done.returncode}."], [], [])
        result = as_result(json.loads(path.read_text(encoding="utf-8")))
    for table in result.tables:
        print(table.markdown(), flush=True)
    for note in result.notes:
        print(note, flush=True)
    return result


def _work(arguments: argparse.Namespace) -> int:
    (name,) = arguments.only
    result = RACES[name](arguments.quick)
    Path(arguments.worker).write_text(json.dumps(result.plain()), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
