"""Training curves of one model: loss and accuracy against epochs.

It never knows the model, only its curves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from logitscope._exceptions import InvalidInputError
from logitscope._typing import ArrayLike, FloatArray
from logitscope.displays._axes import EndLabel, axes_grid, head_figure, label_all_ends
from logitscope.displays._curves import draw_curve, epoch_ticks, summarize, value_limits
from logitscope.displays._style import FAINT, INK, look, readable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_TRAIN = (INK, "-")
_VALIDATION = ("#B2182B", (0, (5, 1.8)))


class TrainingCurveDisplay:
    """Loss, and accuracy if there is one, at every epoch of one training run.

    Not scikit-learn's `LearningCurveDisplay`, which is a score against the size of the training set.

    Parameters
    ----------
    epochs : array_like of shape (n_epochs,)
        Epochs, ascending.
    train_loss : array_like of shape (n_epochs,)
        Loss on the training data.
    validation_loss, train_accuracy, validation_accuracy : array_like of shape (n_epochs,) or None
        Accuracies are in [0, 1]. None leaves the curve out; without any accuracy there is one panel.
    loss_name : str
        Label of the loss axis.
    title : str or None
        Title of the figure.

    Attributes
    ----------
    figure_ : Figure
    axes_ : ndarray of Axes, shape (1,) or (2,)
        Loss, accuracy.
    ax_ : Axes
        The loss.
    line_ : Line2D
        The training loss.
    lines_ : dict of str to Line2D
        Keys as the names of the parameters.
    labels_ : dict of str to Annotation
        The texts at the ends of the lines.

    Raises
    ------
    InvalidInputError
        A curve has not one value an epoch, or there is no epoch.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> display = TrainingCurveDisplay(epochs=[1, 2, 3], train_loss=[0.6, 0.4, 0.3]).plot()
    >>> display.line_.get_ydata()
    array([0.6, 0.4, 0.3])
    >>> plt.close(display.figure_)
    """

    figure_: Figure
    ax_: Axes
    axes_: Any
    line_: Any
    lines_: dict[str, Any]
    labels_: dict[str, Any]

    def __init__(
        self,
        *,
        epochs: ArrayLike,
        train_loss: ArrayLike,
        validation_loss: ArrayLike | None = None,
        train_accuracy: ArrayLike | None = None,
        validation_accuracy: ArrayLike | None = None,
        loss_name: str = "loss",
        title: str | None = None,
    ) -> None:
        self.epochs = np.asarray(epochs, dtype=np.float64)
        if self.epochs.ndim != 1 or self.epochs.size == 0:
            raise InvalidInputError(f"`epochs` must have shape (n_epochs,), n_epochs ≥ 1; got {self.epochs.shape}.")
        self.train_loss = self._curve("train_loss", train_loss)
        self.validation_loss = self._optional("validation_loss", validation_loss)
        self.train_accuracy = self._optional("train_accuracy", train_accuracy)
        self.validation_accuracy = self._optional("validation_accuracy", validation_accuracy)
        self.loss_name = loss_name
        self.title = title

    def _curve(self, name: str, values: ArrayLike) -> FloatArray:
        curve = np.asarray(values, dtype=np.float64)
        if curve.shape != self.epochs.shape:
            raise InvalidInputError(
                f"`{name}` must have one value an epoch, shape {self.epochs.shape}; got {curve.shape}."
            )
        return curve

    def _optional(self, name: str, values: ArrayLike | None) -> FloatArray | None:
        return None if values is None else self._curve(name, values)

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        *,
        title: str | None = None,
        yscale: Literal["linear", "log"] = "linear",
        ax: Any = None,
    ) -> TrainingCurveDisplay:
        """Draw the curves of a fitted estimator.

        Parameters
        ----------
        estimator : LogisticRegression
            Fitted; any object with a `loss_curve_` of shape (n_iter_,) will do. `validation_loss_curve_`,
            `accuracy_curve_` and `validation_accuracy_curve_` are drawn if they are there and not None.
        title : str or None
            None: activation and loss, if the estimator has them as parameters.
        yscale : {"linear", "log"}
            Scale of the loss.
        ax : None, Figure, Axes or sequence of Axes
            Where to draw; see `plot`.

        Returns
        -------
        TrainingCurveDisplay
            Drawn.

        Raises
        ------
        InvalidInputError
            The estimator has no `loss_curve_`, or an empty one.
        """
        curve = getattr(estimator, "loss_curve_", None)
        if curve is None:
            raise InvalidInputError(
                f"`estimator` must have a `loss_curve_`; got {estimator!r}, which has none. Call fit first."
            )
        if len(curve) == 0:
            raise InvalidInputError(
                "`estimator` must have made an epoch; got none: the run ended before its first step, and its "
                "`loss_curve_` is empty."
            )
        names = [getattr(part, "name", part) for part in _parts(estimator)]
        return cls(
            epochs=np.arange(1, len(curve) + 1),
            train_loss=curve,
            validation_loss=getattr(estimator, "validation_loss_curve_", None),
            train_accuracy=getattr(estimator, "accuracy_curve_", None),
            validation_accuracy=getattr(estimator, "validation_accuracy_curve_", None),
            title=" · ".join(readable(str(name)) for name in names) if title is None else title,
        ).plot(ax, yscale=yscale)

    def plot(self, ax: Any = None, *, yscale: Literal["linear", "log"] = "linear") -> TrainingCurveDisplay:
        """Draw.

        Parameters
        ----------
        ax : None, Figure, Axes or sequence of Axes
            None makes a figure, an empty one is sized and filled. A sequence has the axes of the loss and, if there is
            one, of the accuracy; a single Axes is divided.
        yscale : {"linear", "log"}
            Scale of the loss.

        Returns
        -------
        TrainingCurveDisplay
            Itself.
        """
        if yscale not in ("linear", "log"):
            raise InvalidInputError(f"`yscale` must be one of 'linear', 'log'; got {yscale!r}.")
        rows = [("loss", self.loss_name, yscale)]
        if self.train_accuracy is not None or self.validation_accuracy is not None:
            rows.append(("accuracy", "accuracy", "linear"))
        with look():
            figure, axes, host = axes_grid(ax, len(rows), 1, figsize=(6.4, 1.4 + 2.1 * len(rows)))
            self.lines_, labels = {}, {}
            for axis, (kind, name, scale) in zip(axes, rows, strict=True):
                labels[axis] = self._draw(axis, kind, scale)
                axis.set_ylabel(name)
            axes[-1].set_xlabel("epoch")
            if self.epochs.size > 1:
                axes[-1].set_xlim(self.epochs[0], self.epochs[-1])
            epoch_ticks(axes[-1])
            if host is None and self.title:
                head_figure(figure, self.title)
            elif self.title:
                axes[0].set_title(self.title)
            self.labels_ = {}
            artists = label_all_ends({axis: list(texts.values()) for axis, texts in labels.items()})
            for texts, written in zip(labels.values(), artists, strict=True):
                self.labels_.update(zip(texts, written, strict=True))
        self.figure_, self.ax_ = figure, axes[0]
        self.axes_ = np.array(axes, dtype=object)
        self.line_ = self.lines_["train_loss"]
        return self

    def _draw(self, axis: Axes, kind: str, scale: str) -> dict[str, EndLabel]:
        """Draw the curves of one axes; return what is to be written at their ends."""
        accuracy = kind == "accuracy"
        curves = {name: getattr(self, f"{name}_{kind}") for name in ("train", "validation")}
        curves = {name: curve[None] for name, curve in curves.items() if curve is not None}
        axis.set_yscale(scale)
        axis.set_ylim(*value_limits(list(curves.values()), log=scale == "log"))
        labels = {}
        for name, curve in curves.items():
            color, dashes = _TRAIN if name == "train" else _VALIDATION
            band = summarize(curve, larger_is_better=accuracy)
            drawn = draw_curve(axis, self.epochs, band, color=color, dashes=dashes)
            self.lines_[f"{name}_{kind}"] = drawn.line
            text = f"{'training' if name == 'train' else name} {drawn.end:.3g}" + (
                "\n" + drawn.note.replace(", ", "\n") if drawn.note else ""
            )
            if name == "validation":
                text += self._mark_best(axis, curve[0], color, accuracy)
            labels[f"{name}_{kind}"] = EndLabel(text, drawn.end, color)
        return labels

    def _mark_best(self, axis: Axes, curve: FloatArray, color: str, accuracy: bool) -> str:
        """Circle the best validation epoch, unless it is the last; return the words for it."""
        if not np.isfinite(curve).any():
            return ""
        best = int(np.nanargmax(curve) if accuracy else np.nanargmin(curve))
        if best == curve.size - 1:
            return ""
        axis.plot(self.epochs[best], curve[best], "o", mfc="white", mec=color, ms=5.5, mew=1.2, zorder=5)
        axis.axvline(self.epochs[best], color=FAINT, lw=0.6, ls=(0, (2, 2)), zorder=1)
        return f"\nbest {curve[best]:.3g} at epoch {self.epochs[best]:g}"


def _parts(estimator: Any) -> list[Any]:
    return [part for part in (getattr(estimator, key, None) for key in ("activation", "loss")) if part is not None]


__all__ = ["TrainingCurveDisplay"]
