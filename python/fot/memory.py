"""Banks by themselves: what `fot memory` does, for programs.

    fot.memory.merge(["a.fotmem", "b.fotmem"], "both.fotmem")

None of it needs a model. `progress`, where there is one, is told the bank and
how far it is, 0 to 1; what it raises is raised, and stops the work, as
Control-C does.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable

from . import _arrays, _runtime

__all__ = ["append", "info", "merge", "verify"]

Progress = Callable[[str, float], object]


def info(path: str | os.PathLike) -> dict:
    """Whose memory a bank is, and of which documents: the dictionary that
    `fot memory info --json` prints.

    Raises:
        Error: the file is no bank.
    """
    return json.loads(_runtime.bank_info(_arrays.file_name("path", path)))


def verify(path: str | os.PathLike, *, progress: Progress | None = None) -> None:
    """Compares everything in a bank with its checksum.

    Raises:
        Error: something is damaged; the sentence says what and where.
    """
    name = _arrays.file_name("path", path)
    _runtime.verify_bank(name, _arrays.listener(progress))


def merge(
    banks: Iterable[str | os.PathLike],
    output: str | os.PathLike,
    *,
    progress: Progress | None = None,
) -> None:
    """Writes the documents of several banks, in their order, to a new one, in
    place of any file of that name; whole or not at all.

    Banks of `encode="independent"` come out as if their documents had been
    memorized together, byte for byte.

    Raises:
        Error: a bank is damaged or of another model, or the file cannot be
            written.
    """
    _runtime.merge_banks(
        _arrays.some_file_names("banks", banks),
        _arrays.file_name("output", output),
        _arrays.listener(progress),
    )


def append(
    bank: str | os.PathLike,
    others: Iterable[str | os.PathLike],
    *,
    progress: Progress | None = None,
) -> None:
    """Adds the documents of `others` to `bank`, all or none.

    Raises:
        Error: a bank is damaged or of another model, `bank` has a document
            that is not complete, or it cannot be written.
    """
    _runtime.append_banks(
        _arrays.file_name("bank", bank),
        _arrays.some_file_names("others", others),
        _arrays.listener(progress),
    )
