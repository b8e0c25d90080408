"""The report of a comparison: its table, its figures, and what is real of the differences.

It reads a comparison and asks it to explain itself; it never trains, and it judges nothing.
"""

from __future__ import annotations

from logitscope import __version__
from logitscope.comparison import Comparison
from logitscope.displays import ComparisonDisplay, RateResponseDisplay
from logitscope.report._page import Section, facts, page, paragraph, picture, table


def comparison_report(result: Comparison) -> str:
    """Return one HTML page about a comparison, pictures included."""
    labels = [arm.label for arm in result.arms]
    n_seeds, n_epochs = len(result.logs), len(result.epochs) - 1
    last = -1 if result.logs[0].n_records else None
    drawn = ComparisonDisplay.from_comparison(result, update_epoch=last)
    caption = (
        "Above: log loss of the predicted classes after every epoch, median and range over seeds. Below: each sample's"
        " last recorded update against its pre-activation z, one panel an arm."
    )
    sections = [
        Section("Result", table(*result.table()) + facts(result.legend())),
        *_differences(result),
        *_rates(result),
        Section("Curves and updates", picture(drawn.figure_, caption)),
    ]
    return page(
        " against ".join(labels) if len(labels) < 5 else f"{len(labels)} arms compared",
        f"{len(labels)} arms, {n_seeds} seeds, {n_epochs} epochs; a seed is one split, one start, one batch order.",
        sections,
        f"logitscope {__version__}. This page holds all it shows and needs no network.",
    )


def _differences(result: Comparison) -> list[Section]:
    """What differs, in a sentence and a table, and the explanation of arms that are one model in two units."""
    found = result.shown_differences()
    if found is None:
        return []
    n_real = sum(pair.is_real for pair in found.pairs)
    n_pairs = len(found.pairs)
    words = f"A difference is shown for {n_real} of {n_pairs} {'pair' if n_pairs == 1 else 'pairs'} of arms."
    if n_real == 0:
        words = (
            f"No difference is shown between {'the two arms' if n_pairs == 1 else f'any of {n_pairs} pairs of arms'}."
        )
    body = paragraph(words) + table(*found.table()) + facts(found.legend())
    sections = [Section("Differences", body)]
    for explained in result.explain_rescalings():
        title = f"{explained.first} and {explained.second} are one model in two units"
        rewrite = "" if explained.rewrite is None else table(*explained.rewrite.table())
        text = paragraph(explained.verdict) + table(*explained.table()) + rewrite
        sections.append(Section(title, text + paragraph(explained.reason)))
    return sections


def _rates(result: Comparison) -> list[Section]:
    if result.rate_response is None:
        return []
    caption = (
        "Log loss after the last epoch on rows held out of the training rows, against the learning rate: median and"
        " quartiles over seeds. Rings: the median of the rates that were chosen, seed by seed."
    )
    drawn = RateResponseDisplay.from_comparison(result, band="quartiles")
    return [Section("What each learning rate gives", picture(drawn.figure_, caption))]


__all__ = ["comparison_report"]
