"""Whether a hyperplane separates the two classes, so that the unpenalised likelihood has no maximum.

It knows rows and 0/1 labels as arrays, linear programming and exact integers; it never knows a model, a loss or a fit.
"""

from logitscope.separation._find import find_separation
from logitscope.separation._hints import may_be_separated, proves_overlap
from logitscope.separation._verdict import Separation

__all__ = ["Separation", "find_separation", "may_be_separated", "proves_overlap"]
