"""The objective of the linear model: mean weighted loss plus penalty, its gradient and its curvature.

It knows X, y, weights and parameters, one block of rows at a time; it never knows a learning rate, an epoch or a
recorder.
"""

from logitscope.objective._evaluation import Evaluation
from logitscope.objective._objective import Objective
from logitscope.objective._trail import Trail

__all__ = ["Evaluation", "Objective", "Trail"]
