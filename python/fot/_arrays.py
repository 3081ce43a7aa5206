"""Checks what callers pass, and brings it to what the extension takes."""

from __future__ import annotations

import operator
import os

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._errors import Error, UsageError

_INT32 = np.iinfo(np.int32)


def _shape(array: np.ndarray) -> str:
    return "[" + ", ".join(str(extent) for extent in array.shape) + "]"


def file_name(name: str, path: str | os.PathLike) -> bytes:
    """A path in the bytes that the operating system knows it by."""
    try:
        encoded = os.fsencode(path)
    except (TypeError, UnicodeError):
        raise UsageError(f"{name}: expected a file name, found {path!r}") from None
    if not encoded:
        raise UsageError(f"{name}: expected a file name, found an empty one")
    if b"\0" in encoded:
        raise UsageError(
            f"{name}: expected a file name, found one with a zero byte, {path!r}"
        )
    return encoded


def items(name: str, values, what: str):
    """The values of a list or the like; not of one name alone, whose letters
    Python would go through."""
    try:
        if not isinstance(values, (str, bytes, os.PathLike)):
            return iter(values)
    except TypeError:
        pass
    raise UsageError(f"{name}: expected a list of {what}, found {values!r}")


def some_file_names(name: str, paths) -> list[bytes]:
    listed = [file_name(name, path) for path in items(name, paths, "file names")]
    if not listed:
        raise UsageError(f"{name}: expected at least one file name, found none")
    return listed


def listener(progress):
    """A function that can be told of progress, or None."""
    if progress is not None and not callable(progress):
        raise UsageError(f"progress: expected a function, found {progress!r}")
    return progress


_MOST = 2**63 - 1


def whole_number(name: str, value, low: int, high: int = _MOST) -> int:
    """`value` as an int from `low` to `high`."""
    try:
        number = operator.index(value)
    except TypeError:
        raise UsageError(
            f"{name}: expected a whole number, found {value!r}"
        ) from None
    if not low <= number <= high:
        most = f"to {high}" if high < _MOST or number > _MOST else "or more"
        raise UsageError(f"{name}: expected {low} {most}, found {number}")
    return number


def real_number(name: str, value) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise UsageError(f"{name}: expected a number, found {value!r}") from None


def text_bytes(name: str, text: str) -> bytes:
    """A str as UTF-8; half a surrogate pair counts as U+FFFD later on."""
    if not isinstance(text, str):
        raise UsageError(f"{name}: expected text, found {type(text).__name__}")
    return text.encode("utf-8", "surrogatepass")


def integers(name: str, value: ArrayLike, *dimensions: int) -> np.ndarray:
    """An array of whole numbers with one of these counts of dimensions."""
    shapes = " or ".join({1: "[N]", 2: "[B, N]"}[count] for count in dimensions)
    try:
        array = np.asarray(value)
    except (ValueError, OverflowError):
        raise UsageError(
            f"{name}: expected an array of shape {shapes}, found rows that make none"
        ) from None
    if array.ndim not in dimensions:
        raise UsageError(
            f"{name}: expected an array of shape {shapes}, found {_shape(array)}"
        )
    # An empty list has no type of its own.
    if array.dtype.kind not in "iu" and array.size:
        raise UsageError(
            f"{name}: expected whole numbers (int32 or int64), found {array.dtype}"
        )
    return array


def int32(array: np.ndarray) -> NDArray[np.int32]:
    """The same numbers, all within range, as the extension takes them: without
    a copy where they are like that already."""
    return np.ascontiguousarray(array, dtype=np.int32)


def fits_int32(array: np.ndarray) -> bool:
    return bool(
        array.size == 0
        or (array.min() >= _INT32.min and array.max() <= _INT32.max)
    )


def tokens(name: str, value: ArrayLike, vocab: int, *dimensions: int):
    """Token ids of the vocabulary as contiguous int32."""
    array = integers(name, value, *dimensions)
    if array.size == 0:
        raise Error(
            f"{name}: expected at least one token, found shape {_shape(array)}"
        )
    if array.min() < 0 or array.max() >= vocab:
        place = np.argwhere((array < 0) | (array >= vocab))[0]
        where = (
            f"position {place[0]}"
            if array.ndim == 1
            else f"row {place[0]}, column {place[1]}"
        )
        raise Error(
            f"{name}: expected token ids of the vocabulary, 0 to {vocab - 1}, "
            f"found {array[tuple(place)]} at {where}"
        )
    return int32(array)


def call_counts(calls, total: int) -> list[int]:
    """The token counts of the calls that `total` tokens are cut into."""
    if calls is None:
        return [total]
    try:
        counts = [operator.index(count) for count in calls]
    except TypeError:
        raise UsageError(
            f"--calls: expected positive counts like 61,1,1,33 that add up to "
            f"the {total} tokens of a row, found {calls!r}"
        ) from None
    if not counts or min(counts) < 1 or sum(counts) > total:
        listed = ",".join(str(count) for count in counts)
        raise UsageError(
            f"--calls: expected positive counts like 61,1,1,33 that add up to "
            f"the {total} tokens of a row, found '{listed}'"
        )
    if sum(counts) != total:
        raise UsageError(
            f"--calls: expected counts that add up to the {total} tokens of a "
            f"row, found {sum(counts)}"
        )
    return counts


def position(value, total: int) -> int:
    """A position among `total` tokens, or the one after the last."""
    try:
        number = operator.index(value)
    except TypeError:
        number = None
    if number is None or not 0 <= number <= total:
        raise UsageError(
            f"--from: expected a position from 0 to {total}, found {value}"
        )
    return number
