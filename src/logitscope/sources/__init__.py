"""Where rows come from, in blocks and batches; it knows storage, order and the random generator, never a model."""

from logitscope.sources._moments import (
    largest_second_moment,
    mapped_row_norms,
    row_norms,
    scaled_row_norms,
)
from logitscope.sources._rows import RowSource

__all__ = ["RowSource", "largest_second_moment", "mapped_row_norms", "row_norms", "scaled_row_norms"]
