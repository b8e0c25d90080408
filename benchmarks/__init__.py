"""Races against other libraries, and figures of our own that must not grow: ``python -m benchmarks``.

It measures; nothing in the package depends on it, and it holds no number that was not measured here.
"""
