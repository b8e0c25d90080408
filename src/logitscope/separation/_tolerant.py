"""The linear program alone, for problems too wide for rationals.

It knows signed rows in floats; it never claims a proof.
"""

import numpy as np

from logitscope.separation._integers import primitive
from logitscope.separation._rows import Partition, SignedRows

_REACH = 1e6  # bound on δ: a row counts as separated if Σ|δ| = 1 leaves it more than about 1e-6 from the boundary
_TOLERANCE = 1e-3


def partition_within_tolerance(rows: SignedRows) -> Partition:
    """Maximise Σ min(1, aᵢᵀδ) subject to Aδ ≥ 0 and |δ| bounded, which separates as many rows as can be.

    The program of Konis (2007, section 4.4) with every row's part capped, so that its optimum separates all rows
    that some direction separates. A boundary row may be off by the tolerance of HiGHS.
    """
    from scipy.optimize import linprog

    n, p = rows.A.shape
    result = linprog(
        np.r_[np.zeros(p), -np.ones(n)],
        A_ub=np.hstack([-rows.A, np.eye(n)]),
        b_ub=np.zeros(n),
        bounds=[(-_REACH, _REACH)] * p + [(0.0, 1.0)] * n,
        method="highs",
    )
    delta = np.zeros(p) if result.x is None else result.x[:p]
    separated = np.flatnonzero(rows.A @ delta > _TOLERANCE)
    if not separated.size:
        return Partition(None, separated, is_exact=False)
    delta[np.abs(delta) < 1e-9 * np.abs(delta).max()] = 0.0
    integers = [round(float(d) * 2**60) for d in delta / np.abs(delta).max()]
    return Partition(primitive(np.array(integers, dtype=object)), separated, is_exact=False)


__all__ = ["partition_within_tolerance"]
