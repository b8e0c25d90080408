"""Every test, doctests included, draws without a window and computes in one thread."""

import os

# Before NumPy is imported. Problems here are small: threads of BLAS only wait for each other, above all where two of
# them share one core.
for library in ("OPENBLAS", "OMP", "MKL"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")

import matplotlib as mpl  # noqa: E402

mpl.use("Agg")
