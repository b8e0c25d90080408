"""What a maximum-likelihood fit says of its own uncertainty: standard errors, tests, intervals, criteria.

It knows an objective and parameters at its optimum; it never knows how they were found.
"""

from logitscope.inference._infer import infer
from logitscope.inference._result import Inference
from logitscope.inference._separation import judge_separation

__all__ = ["Inference", "infer", "judge_separation"]
