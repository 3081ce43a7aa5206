"""The exceptions of the package. The extension modules raise them too."""


class Error(Exception):
    """The work failed. The text is one sentence: what was expected, what was
    found, and where; the one that `fotc` and `fot` print with exit code 1.
    """

    __module__ = "fot"


class UsageError(ValueError):
    """The request makes no sense. The text is one sentence, the one that
    `fotc` and `fot` print with exit code 2; like theirs it names an argument
    as the command line does, `--window`.
    """

    __module__ = "fot"
