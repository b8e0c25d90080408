"""One matplotlib figure a display, in scikit-learn's manner, from arrays that are already computed.

It never trains, and it never draws a random number. `look` and the styles give a figure of your own the same look.
"""

from logitscope.displays._activation import ActivationDisplay
from logitscope.displays._animation import animate_updates
from logitscope.displays._axes import EndLabel, label_ends
from logitscope.displays._comparison import ComparisonDisplay
from logitscope.displays._data_map import DataMapDisplay
from logitscope.displays._ledger import LedgerDisplay
from logitscope.displays._rate_response import RateResponseDisplay
from logitscope.displays._saturation import SaturationDisplay
from logitscope.displays._scatter import TheoryCurves
from logitscope.displays._style import (
    ACTIVATION_STYLES,
    CLASS_STYLES,
    FAINT,
    INK,
    activation_styles,
    look,
    readable,
)
from logitscope.displays._training_curve import TrainingCurveDisplay
from logitscope.displays._update_factor import UpdateFactorDisplay
from logitscope.displays._update_magnitude import UpdateMagnitudeDisplay

__all__ = [
    "ACTIVATION_STYLES",
    "CLASS_STYLES",
    "FAINT",
    "INK",
    "ActivationDisplay",
    "ComparisonDisplay",
    "DataMapDisplay",
    "EndLabel",
    "LedgerDisplay",
    "RateResponseDisplay",
    "SaturationDisplay",
    "TheoryCurves",
    "TrainingCurveDisplay",
    "UpdateFactorDisplay",
    "UpdateMagnitudeDisplay",
    "activation_styles",
    "animate_updates",
    "label_ends",
    "look",
    "readable",
]
