"""The claims that the project comes from, each a function that measures and returns a figure and a verdict.

They use the public surface, as a reader would; they know nothing of plots and arguments.
"""

from collections.abc import Callable

from logitscope.claims._backward import s2_backward, s4_update_against_z
from logitscope.claims._derivative import (
    s1_three_forms,
    s3_second_derivative,
    s5_rescaled_sigmoid,
    s6_four_times,
    s9_calling_style,
)
from logitscope.claims._training import s7_faster, s8_depth
from logitscope.claims._verdict import Verdict

CLAIMS: dict[str, Callable[[], Verdict]] = {
    "S1": s1_three_forms,
    "S2": s2_backward,
    "S3": s3_second_derivative,
    "S4": s4_update_against_z,
    "S5": s5_rescaled_sigmoid,
    "S6": s6_four_times,
    "S7": s7_faster,
    "S8": s8_depth,
    "S9": s9_calling_style,
}

__all__ = ["CLAIMS", "Verdict"]
