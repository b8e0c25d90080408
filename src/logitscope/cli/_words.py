"""Sentences of the calls below, in the words of the command line.

It renames arguments and writes their values as they are typed; it never knows what a sentence is about.
"""

import argparse
import re

# What the calls name otherwise than it is typed, in every command and in one.
_TYPED = {"name_or_path": "DATASET", "n_samples": "--samples", "random_state": "--seed"}
_TYPED_IN = {
    "train": {"loss": "--loss", "activation": "--activation"},
    "compare": {"loss": "--losses", "activation": "--activations"},
    "explain": {"loss": "--loss", "activation": "--arms"},
    "activations": {"activation": "NAME"},
    "report": {"result": "RUN"},
}

# What cannot be set here.
_NOT_HERE = (
    (r" or penalty='firth'", ""),
    (r"`max_bytes` must allow the record: (.*); got ([\d,]+)\.", r"The record would be too large: \1, of at most \2."),
    (
        r"`max_bytes` must allow the record: the (\d+) that fit, of ([\d,]+) bytes and more, are not enough for"
        r" this run\. Record fewer epochs \(`every`\).*",
        r"The record would be too large: \1 epochs of \2 bytes and more were not enough. Record fewer with `every`.",
    ),
    (r"; dtype='float32' halves the size\.", "."),
)


def as_typed(sentence: str, arguments: argparse.Namespace) -> str:
    """Return the sentence with arguments as they are typed: ``batch_size=None`` is ``no --batch-size``.

    A word that could be any word (loss, target) is an argument only in backticks or before "=".
    """
    names = {name: f"--{name.replace('_', '-')}" for name in vars(arguments) if name not in ("command", "run", "names")}
    names |= _TYPED | _TYPED_IN.get(arguments.command, {})

    def typed(found: re.Match[str]) -> str:
        name, equals, value = found["name"], found["equals"], found["value"]
        if not equals and "_" not in name and not (found["open"] and found["close"]):
            return found[0]
        words = names[name]
        if value == "None":
            words = f"no {words}"
        elif value not in (None, "", "True"):
            words = f"{words} {value.strip(chr(39))}"
        return f"{found['open']}{words}{found['close']}"

    words = "|".join(sorted(map(re.escape, names), key=len, reverse=True))
    # Not in quotes, which hold what was given, nor within a path.
    pattern = (
        rf"(?<![\w'\"/.-])(?P<open>`?)(?P<name>{words})(?:(?P<equals>=)(?P<value>'[^']*'|[\w.+-]*\w|))?(?P<close>`?)"
    )
    for words, instead in _NOT_HERE:
        sentence = re.sub(words, instead, sentence)
    sentence = re.sub(r"UpdateRecorder\(every=(\d+)\)", r"--every \1", sentence)
    return re.sub(pattern + r"(?![\w'\"/-]|\.\w)", typed, sentence)


__all__ = ["as_typed"]
