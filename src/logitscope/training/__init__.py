"""Training: `iterate` yields the steps of a run, `train` drains it and says why it ended.

It knows every lower room by its interface; it never knows matplotlib, argparse or a file format. Whatever watches a
run consumes its steps and cannot act on it, so that a run that is watched is the same run.
"""

from logitscope.training._batches import fill_batch_size
from logitscope.training._curves import History, Metric
from logitscope.training._looks import Look
from logitscope.training._loop import iterate
from logitscope.training._metrics import accuracy
from logitscope.training._models import Models
from logitscope.training._rates import fill_rate, largest_safe_rate
from logitscope.training._train import Observer, TrainingResult, train
from logitscope.training._verdicts import Validation

__all__ = [
    "History",
    "Look",
    "Metric",
    "Models",
    "Observer",
    "TrainingResult",
    "Validation",
    "accuracy",
    "fill_batch_size",
    "fill_rate",
    "iterate",
    "largest_safe_rate",
    "train",
]
