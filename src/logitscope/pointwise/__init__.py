"""A loss read in the pre-activation z: it composes activation and loss, and never knows X or the parameters.

`Pointwise` is one pair, `ColumnGroups` different pairs side by side in the columns of one run; both have the same face.
`backward` shows the factors of a gradient, `curvature_bound` says how curved a pair can get.
"""

from logitscope.pointwise._backward import Backward, backward
from logitscope.pointwise._curvature import CurvatureBound, curvature_bound
from logitscope.pointwise._fused import TrainingForm, class_zero, odds_of, training_form
from logitscope.pointwise._groups import ColumnGroups, Group
from logitscope.pointwise._pair import ColumnwiseLoss, Pointwise, ValueAndGrad, get_pointwise, signs_of
from logitscope.pointwise._readings import Readings, readings
from logitscope.pointwise._sides import Odds, Side
from logitscope.pointwise._sums import ClassSums, SummingForm, have_digits, summing_form, unsure_form

__all__ = [
    "Backward",
    "ClassSums",
    "ColumnGroups",
    "ColumnwiseLoss",
    "CurvatureBound",
    "Group",
    "Odds",
    "Pointwise",
    "Readings",
    "Side",
    "SummingForm",
    "TrainingForm",
    "ValueAndGrad",
    "backward",
    "class_zero",
    "curvature_bound",
    "get_pointwise",
    "have_digits",
    "odds_of",
    "readings",
    "signs_of",
    "summing_form",
    "training_form",
    "unsure_form",
]
