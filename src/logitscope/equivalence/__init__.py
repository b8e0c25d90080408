"""Settings rewritten from one activation to another that is the same in other units; it never runs anything.

Two activations are rescalings of each other if φ(z) = c·φ′(kz) + d. A model with φ then is one with φ′ whose parameters
are k times as large, and every quantity that has units has an exchange rate: k for parameters, the measured scale s of
the loss, s·|k| for gradients, s·k² for curvatures.

    tanh z = 2σ(2z) − 1                        k = 2
    cross-entropy of p: s = 1                  learning rate of descent × 4, L2 penalty / 4
    squared error of the output: s = c² = 4    learning rate of descent × 16, L2 penalty / 16
"""

from logitscope.equivalence._equivalent import Change, Equivalent
from logitscope.equivalence._rescaling import RESCALINGS, Rescaling
from logitscope.equivalence._settings import equivalent

__all__ = ["RESCALINGS", "Change", "Equivalent", "Rescaling", "equivalent"]
