"""Sentences of Python calls, as somebody reads them who typed a command."""

import pytest

from logitscope.cli._arguments import parse
from logitscope.cli._words import as_typed

SENTENCES = [
    ("`learning_rate` must be > 0; got 0.0.", "`--learning-rate` must be > 0; got 0.0."),
    ("Raise max_iter, or choose a solver.", "Raise --max-iter, or choose a solver."),
    ("use that or less, or learning_rate='auto'", "use that or less, or --learning-rate auto"),
    ("Name it with `target=`: 'target', 'x'.", "Name it with `--target`: 'target', 'x'."),
    (
        "Cannot use `batch_size=8` with `solver='newton'`: no.",
        "Cannot use `--batch-size 8` with `--solver newton`: no.",
    ),
    ("Leave batch_size=None or go.", "Leave no --batch-size or go."),
    (
        "`loss` must be one of 'brier'; the target has no loss.",
        "`--loss` must be one of 'brier'; the target has no loss.",
    ),
    ("got 'max_iter'.", "got 'max_iter'."),
    ("max_iter.csv: there is no such file.", "max_iter.csv: there is no such file."),
    ("/tmp/max_iter/a.csv: no.", "/tmp/max_iter/a.csv: no."),
    ("`n_samples` must be 2; `name_or_path` too.", "`--samples` must be 2; `DATASET` too."),
    ("UpdateRecorder(every=4) would fit.", "--every 4 would fit."),
    (
        "`max_bytes` must allow the record: 2 records x 3 bytes = 6,000 bytes; got 2,500. UpdateRecorder(every=3) would"
        " fit; dtype='float32' halves the size.",
        "The record would be too large: 2 records x 3 bytes = 6,000 bytes, of at most 2,500. --every 3 would fit.",
    ),
    (
        "`max_bytes` must allow the record: the 3 that fit, of 184 bytes and more, are not enough for this run. Record"
        " fewer epochs (`every`), fewer `samples`, or with dtype='float32'.",
        "The record would be too large: 3 epochs of 184 bytes and more were not enough. Record fewer with `--every`.",
    ),
    ("Leave learning_rate=0.5.", "Leave --learning-rate 0.5."),
    ("with pandas, write it with `index=False`", "with pandas, write it with `index=False`"),
]


@pytest.mark.parametrize(("python", "typed"), SENTENCES)
def test_a_sentence_in_the_words_of_train(python, typed):
    assert as_typed(python, parse(["train", "moons"])) == typed


@pytest.mark.parametrize(
    ("argv", "name"),
    [(["train", "moons"], "--activation"), (["compare", "moons"], "--activations"), (["activations"], "NAME")],
)
def test_the_same_argument_has_another_name_in_another_command(argv, name):
    assert as_typed("`activation` must be one", parse(argv)) == f"`{name}` must be one"
