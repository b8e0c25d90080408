"""Recompute `references.json`: from the root of the repository, `python -m tests.references.make_references`.

Knows which fits are wanted and how they are written down; the arithmetic is in `exact`, the starts in `start`.

Every fit is found in float64, carried on by Newton's method in 80-digit arithmetic until no component of the score
exceeds 1e-45, and written with 25 significant digits. It takes about four minutes of processor time, shared among as
many processes as there are processors; half of it is `randhie`.
"""

import argparse
import json
import os
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from time import perf_counter

import numpy as np
from mpmath import mp

from tests.references import exact, penalised, start
from tests.references.data import DATASETS, Data

PATH = Path(__file__).with_name("references.json")
DIGITS = 25
PRECISION = 80  # decimal digits of the arithmetic: 45 for the score, the rest for sums of large columns


def written(values: object) -> list[str]:
    return [mp.nstr(value, DIGITS) for value in values]


def reference(name: str, link: str) -> dict[str, object] | str:
    """One fit, or the sentence that says why it has none."""
    data = DATASETS[name]()
    if start.is_separable(*data):
        return "separable: no finite maximum"
    with mp.workdps(PRECISION):
        design = exact.Design(*data)
        maxima = _proven(data, design, link)
        if len(maxima) > 1:
            values = ", ".join(mp.nstr(at.log_likelihood, 10) for _, at in maxima)
            return f"no unique maximum: local maxima with log-likelihoods {values}"
        params, at = maxima[0]
        return {
            "params": written(params),
            "se_expected": written(exact.standard_errors(at.expected)),
            "se_observed": written(exact.standard_errors(at.observed)),
            "log_likelihood": written([at.log_likelihood])[0],
        }


def _proven(data: Data, design: exact.Design, link: str) -> list[tuple[list, exact.Evaluation]]:
    """The maxima that Newton confirms, best first: a small score and a positive definite observed information.

    Float64 also comes to rest on plains, where a coefficient has run to 1e5 and its rows are saturated; there it fails.
    """
    with np.errstate(all="ignore"):
        candidates = start.local_maxima(*data, link, n_starts=200 if len(data.y) < 5000 else 10)
    proven = []
    for candidate in candidates:
        try:
            params, at = exact.maximise(design, link, candidate.params.tolist())
            mp.cholesky(at.observed)
        except (ArithmeticError, ValueError):
            continue
        proven.append((params, at))
    return proven


def _timed(name: str, link: str) -> tuple[str, str, dict[str, object] | str, float]:
    began = perf_counter()
    return name, link, reference(name, link), perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=PATH)
    out = parser.parse_args().out
    content: dict[str, dict] = {
        "data": {name: load().digest() for name, load in DATASETS.items()},
        "fits": {name: {} for name in DATASETS},
        "left_out": {},
        "penalised": {},
    }
    jobs = [(name, link) for name in DATASETS for link in exact.LINKS]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for name, link, result, seconds in pool.map(_timed, *zip(*jobs, strict=True)):
            print(f"{name:18s}{link:10s}{seconds:8.1f} s", result if isinstance(result, str) else "", flush=True)
            if isinstance(result, str):
                content["left_out"][f"{name} {link}"] = result
            else:
                content["fits"][name][link] = result
    with mp.workdps(PRECISION):
        solved = {name: penalised.solve(problem) for name, problem in penalised.PROBLEMS.items()}
        solved["softmax"] = penalised.solve_softmax()
        for name, (params, objective) in solved.items():
            content["penalised"][name] = {"params": written(params), "objective": written([objective])[0]}
    out.write_text(json.dumps(content, indent=0) + "\n")


if __name__ == "__main__":
    main()
