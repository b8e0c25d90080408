"""Scores of each sample over a training run, from one log of z; it never knows how the run was made.

`training_dynamics` gives the scores of the literature, `suspects` the samples whose labels are likely wrong.
"""

from logitscope.dynamics._scores import TrainingDynamics, training_dynamics
from logitscope.dynamics._suspects import Suspects, suspects

__all__ = ["Suspects", "TrainingDynamics", "suspects", "training_dynamics"]
