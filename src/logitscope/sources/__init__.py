"""Where rows come from, in blocks and batches; it knows storage, order and the random generator, never a model.

Two things here concern the whole process: `one_blas_thread` holds BLAS to one thread whoever calls it, and puts back
what was; `hold_freed_memory` has malloc keep up to 64 MB of freed memory, for good.
"""

from logitscope.sources._base import Source
from logitscope.sources._equilibrated import EquilibratedSource, Units, equilibrate
from logitscope.sources._memory import hold_freed_memory
from logitscope.sources._moments import (
    gram,
    largest_second_moment,
    mapped_row_norms,
    row_norms,
    scaled_row_norms,
    second_moment,
)
from logitscope.sources._rotated import RotatedSource, Spectrum, spectrum
from logitscope.sources._rows import RowSource, dense, dense_blocks
from logitscope.sources._sparse import turned
from logitscope.sources._threads import in_parts, in_threads, n_threads, one_blas_thread

__all__ = [
    "EquilibratedSource",
    "RotatedSource",
    "RowSource",
    "Source",
    "Spectrum",
    "Units",
    "dense",
    "dense_blocks",
    "equilibrate",
    "gram",
    "hold_freed_memory",
    "in_parts",
    "in_threads",
    "largest_second_moment",
    "mapped_row_norms",
    "n_threads",
    "one_blas_thread",
    "row_norms",
    "scaled_row_norms",
    "second_moment",
    "spectrum",
    "turned",
]
