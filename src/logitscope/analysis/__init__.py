"""What gradients and logs mean: audits of hand-derived gradients; later equivalence, ledger, dynamics and influence.

It knows logs, results and objectives; it never knows how a run was made.
"""

from logitscope.analysis._depth import gradient_by_depth
from logitscope.analysis._gradient_audit import check_gradient

__all__ = ["check_gradient", "gradient_by_depth"]
