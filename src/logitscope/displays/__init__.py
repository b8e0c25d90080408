"""One matplotlib figure a display, in scikit-learn's manner, from arrays that are already computed.

It never trains, and it never draws a random number.
"""

from ._activation import ActivationDisplay
from ._comparison import ComparisonDisplay
from ._scatter import TheoryCurves
from ._training_curve import TrainingCurveDisplay
from ._update_magnitude import UpdateMagnitudeDisplay

__all__ = [
    "ActivationDisplay",
    "ComparisonDisplay",
    "TheoryCurves",
    "TrainingCurveDisplay",
    "UpdateMagnitudeDisplay",
]
