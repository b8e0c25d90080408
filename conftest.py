"""Every test, doctests included, draws without a window."""

import matplotlib as mpl

mpl.use("Agg")
