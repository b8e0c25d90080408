"""How long it takes until something happens: imports, help, and a whole command from a cold start.

Every run is a fresh process; none of them finds anything loaded.
"""

import subprocess
import sys
import tempfile

import numpy as np

from benchmarks._clock import once, readable
from benchmarks._races import Figure, Result, Table

TIMED = "import time; start = time.perf_counter(); import {}; print(time.perf_counter() - start)"
CLI = "import sys; from logitscope.cli import main; sys.exit(main({}))"


def run(quick: bool) -> Result:
    """Time all of it in turns."""
    rounds = 1 if quick else 9
    with tempfile.TemporaryDirectory() as folder:
        whole = {
            "python -c pass": "pass",
            "logitscope --help": CLI.format("['--help']"),
            "logitscope train moons --out": CLI.format(f"['train', 'moons', '--quiet', '--out', {folder!r}]"),
        }
        seconds: dict[str, list[float]] = {name: [] for name in ("import numpy", "import logitscope", *whole)}
        for _ in range(rounds):
            for module in ("numpy", "logitscope"):
                seconds[f"import {module}"].append(float(_python(TIMED.format(module))))
            for name, code in whole.items():
                seconds[name].append(once(lambda code=code: _python(code)))
    times = {name: float(np.median(all_)) for name, all_ in seconds.items()}
    figures = [
        Figure("import logitscope against import numpy", times["import logitscope"] / times["import numpy"], 1.3, 1.3,
               "×", False, False),
        Figure("logitscope --help", times["logitscope --help"], 0.1, 0.1, "s", False, False),
        Figure("logitscope train moons, figures included", times["logitscope train moons --out"], 3.0, 3.0, "s", False,
               False),
    ]  # fmt: skip
    rows = [[name, readable(each)] for name, each in times.items()]
    notes = ["Imports are timed inside the process; commands from outside, with the start of Python."]
    return Result("startup", "Start-up", notes, figures, [Table("Start-up", ["", "time"], rows)])


def _python(code: str) -> str:
    """Run code in a fresh process and return what it prints."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


__all__ = ["run"]
