"""What each sample does to an optimum; it never knows how the optimum was found."""

from logitscope.influence._measure import measure_influence
from logitscope.influence._refit import Refits
from logitscope.influence._result import Influence, LeaveOneOut

__all__ = ["Influence", "LeaveOneOut", "Refits", "measure_influence"]
