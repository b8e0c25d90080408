"""logitscope: logistic regression under the microscope.

A from-scratch NumPy trainer with a pluggable activation and the hand-derived gradient. For every sample, at every
recorded step, it can say how large the sample's update was, why, and where the sample stood on the z axis.

Names are loaded when they are first used: `import logitscope` loads neither scikit-learn nor matplotlib.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_ROOMS = {
    "activations": ("ACTIVATIONS", "Activation", "check_activation", "get_activation"),
    "analysis": ("check_gradient", "gradient_by_depth"),
    "claims": ("CLAIMS",),
    "comparison": ("Comparison", "Sweep", "compare", "sweep"),
    "datasets": ("DATASETS", "load_dataset", "standardize"),
    "displays": (
        "ActivationDisplay",
        "ComparisonDisplay",
        "DataMapDisplay",
        "LedgerDisplay",
        "RateResponseDisplay",
        "SaturationDisplay",
        "TrainingCurveDisplay",
        "UpdateFactorDisplay",
        "UpdateMagnitudeDisplay",
        "animate_updates",
    ),
    "dynamics": ("Suspects", "TrainingDynamics", "suspects", "training_dynamics"),
    "equivalence": ("Change", "Equivalent", "Rescaling", "equivalent"),
    "estimator": ("LogisticRegression",),
    "influence": ("Influence",),
    "ledger": ("Ledger", "LedgerRecorder"),
    "losses": ("LOSSES", "Focal", "get_loss"),
    "optimizers": (
        "OPTIMIZERS",
        "SCHEDULES",
        "SGD",
        "AdaGrad",
        "Adam",
        "Clipped",
        "Constant",
        "Cosine",
        "Exponential",
        "GradientDescent",
        "InverseTime",
        "Momentum",
        "Nesterov",
        "RMSprop",
        "StepDecay",
    ),
    "pointwise": ("backward",),
    "recording": ("UpdateLog", "UpdateRecorder"),
    "report": ("html_report",),
    "solvers": ("SOLVERS",),
    "status": ("Status",),
    "training": ("iterate", "train"),
}
_HOME = {name: room for room, names in _ROOMS.items() for name in names}

__all__ = sorted(_HOME)  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'logitscope' has no attribute {name!r}")
    value = getattr(import_module(f"logitscope.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__} - {"Any"})
