"""The scikit-learn façade: `LogisticRegression`; it knows everything below and nothing of plots."""

from logitscope.estimator._classifier import LogisticRegression

__all__ = ["LogisticRegression"]
