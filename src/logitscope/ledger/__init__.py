"""Who moved the weights: one α a sample, so that w_T = c·w₀ + Xᵀα to rounding, for rules linear in the gradient.

A recorder sees steps and never acts on them; its ledger splits predictions into terms of samples, and replays the run
without some of them.
"""

from logitscope.ledger._ledger import Contribution, Ledger, Top
from logitscope.ledger._recorder import LedgerRecorder
from logitscope.ledger._replay import Replay

__all__ = ["Contribution", "Ledger", "LedgerRecorder", "Replay", "Top"]
