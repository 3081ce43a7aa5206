"""Documents to banks: what `fot memorize` does, for programs."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import NamedTuple, Union

from . import _arrays
from ._errors import UsageError
from ._model import Model

Document = Union[str, os.PathLike, "tuple[str | os.PathLike, str | bytes]"]


class Memorized(NamedTuple):
    """What `fot.memorize` did."""

    documents: int
    """Documents of the bank, all of them complete."""
    skipped: int
    """Of them, those that were complete before."""
    tokens: int
    """Tokens that were read now."""
    bank_tokens: int
    """Tokens of the bank."""


def memorize(
    model: Model,
    documents: Iterable[Document],
    path: str | os.PathLike,
    *,
    encode: str = "sequential",
    progress: Callable[[str, float], object] | None = None,
) -> Memorized:
    """Reads documents of any length into a bank, as `fot memorize` does; the
    bank has the same bytes.

    A bank that is there already must hold the first of the documents, made in
    the same way, and is continued: at the next document, or within the last
    one if an earlier run was stopped there. Whatever stops a run, it holds
    what was committed, a segment of some windows at a time. Other threads of
    Python run on meanwhile.

    Args:
        model: a model with memory layers and a tokenizer.
        documents: each a file name ("-" is standard input), which is read
            piece by piece, or a pair of a name and the text.
        path: the bank, a .fotmem file.
        encode: what a window attends to while it is read: all the bank so far
            ("sequential"), which models find more in, or itself
            ("independent"), which takes less time and can be merged.
        progress: is told the document and how far all of them are, 0 to 1,
            after each window; 0 where their size is not known. What it raises
            is raised, and stops the run, as Control-C does.

    Raises:
        UsageError: an argument makes no sense.
        Error: the work failed; the bank holds what was committed.
    """
    if not isinstance(model, Model):
        raise UsageError(f"model: expected what fot.load returns, found {model!r}")
    if encode not in ("sequential", "independent"):
        raise UsageError(
            f"--encode: expected sequential or independent, found {encode!r}"
        )
    result = model._loaded.memorize(
        _listed(documents),
        _arrays.file_name("path", path),
        encode == "independent",
        _arrays.listener(progress),
    )
    return Memorized(*result)


def _listed(documents) -> list[tuple[bytes, bytes | None]]:
    what = "file names, or of names and texts"
    values = _arrays.items("documents", documents, what)
    listed = [_document(document) for document in values]
    if not listed:
        raise UsageError("documents: expected at least one, found none")
    return listed


def _document(document) -> tuple[bytes, bytes | None]:
    if not isinstance(document, tuple):
        return _arrays.file_name("documents", document), None
    if len(document) != 2:
        raise UsageError(
            f"documents: expected a name and its text, found {document!r}"
        )
    name, text = document
    if not isinstance(text, bytes):
        text = _arrays.text_bytes("documents", text)
    return _arrays.file_name("documents", name), text
