"""fot.compile: what the command `fotc` does."""

from __future__ import annotations

import importlib
import os
import warnings
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from ._arrays import file_name, whole_number
from ._errors import Error, UsageError


def _compiler():
    """The extension that links LLVM; only those who compile load it."""
    try:
        return importlib.import_module("fot._compiler")
    except ModuleNotFoundError:
        raise Error(
            "this build of fot has no compiler; use one that was built with "
            "FOTC_BUILD_COMPILER=ON"
        ) from None
    except ImportError as error:
        raise Error(f"the compiler cannot be loaded: {error}") from error


def _text(flag: str, value) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise UsageError(f"{flag}: expected text, found {value!r}")
    return value


def _list(flag: str, value) -> list[str]:
    """A list of names: "a,b" or ["a", "b"]."""
    if value is None:
        return []
    if isinstance(value, str):
        return value.split(",")
    try:
        return [_text(flag, item) for item in value]
    except TypeError:
        raise UsageError(f"{flag}: expected a list of names, found {value!r}") from None


def _layers(value) -> str:
    """The words of the command line for "all" or [8, 16] or []."""
    if value is None or isinstance(value, str):
        return value or ""
    try:
        layers = [str(whole_number("--memory-layers", layer, 0)) for layer in value]
    except TypeError:
        raise UsageError(
            f"--memory-layers: expected layers, all or none, found {value!r}"
        ) from None
    return ",".join(layers) or "none"


def compile(
    model: str | os.PathLike,
    output: str | os.PathLike,
    *,
    weights: str | None = None,
    memory_layers: str | Iterable[int] | None = None,
    memory: str | None = None,
    memory_dtype: str | None = None,
    window_dtype: str | None = None,
    window: int | None = None,
    last_context: int | None = None,
    cpu: str | Iterable[str] | None = None,
    target: str | Iterable[str] | None = None,
    prefill_tokens: int | None = None,
    threads: int | None = None,
    fusion: str | None = None,
    disable_pass: str | Iterable[str] | None = None,
    phase_pipeline: Mapping[str, str] | None = None,
    load_pass_plugin: str | Iterable[str] | None = None,
    compile_to: str | None = None,
    compile_from: str | None = None,
    dump_phases: str | os.PathLike | None = None,
    remarks: str | None = None,
    progress: Callable[[str, float], object] | None = None,
) -> Path:
    """Compiles a checkpoint into one artifact, as the command `fotc` does.

    An argument means what the option of that name means; None is the
    command's default. Other threads of Python run on meanwhile; compilations
    of one process take turns. What the command prints as a note is a warning.

    Args:
        model: Hugging Face directory or GGUF file; IR with `compile_from`.
        output: the artifact to write, or IR with `compile_to`. It is written
            whole or not at all.
        weights: keep, f32, f16, bf16, q8_0 or q4_0.
        memory_layers: layers that own a memory, [8, 16] or "8,16", or "all"
            or "none".
        memory: "dense" or "topk:K".
        memory_dtype: f32, f16, bf16 or int8.
        window_dtype: how the window's keys and values are stored: f32, f16 or
            bf16.
        window: tokens of the local window.
        last_context: tokens of a long prompt that stay in the window.
        cpu: CPU levels, one code segment each: ["x86-64-v3", "avx512vnni",
            "amx"].
        target: "cpu", "cuda", or both.
        prefill_tokens: most tokens computed at once.
        threads: threads to compile with.
        fusion: "full" or "none".
        disable_pass: fusion passes to leave out.
        phase_pipeline: other passes for a phase, by the phase's name.
        load_pass_plugin: shared objects with more passes.
        compile_to: the phase to stop after; `output` is its IR.
        compile_from: the phase that `model` is the IR of.
        dump_phases: a directory for the IR of every phase.
        remarks: passes whose remarks go to standard error, as a regular
            expression.
        progress: is told what is being done and how far it is, 0 to 1. What
            it raises stops the work, and so does Control-C.

    Returns:
        `output`, for `fot.load`.

    Raises:
        UsageError: an argument makes no sense.
        Error: the work failed.
    """
    extension = _compiler()
    request = extension.Request()
    request.model = file_name("model", model)
    request.output = file_name("output", output)
    request.weights = _text("--weights", weights)
    request.memory_layers = _layers(memory_layers)
    request.memory = _text("--memory", memory)
    request.memory_dtype = _text("--memory-dtype", memory_dtype)
    request.window_dtype = _text("--window-dtype", window_dtype)
    for flag, value in (
        ("--window", window),
        ("--last-context", last_context),
        ("--prefill-tokens", prefill_tokens),
    ):
        if value is not None:
            name = flag[2:].replace("-", "_")
            setattr(request, name, whole_number(flag, value, -(2**63)))
    request.cpu = _list("--cpu", cpu)
    request.target = _list("--target", target)
    if threads is not None:
        request.threads = whole_number("--threads", threads, 1, 1024)
    request.fusion = _text("--fusion", fusion)
    request.disable_pass = set(_list("--disable-pass", disable_pass))
    request.phase_pipeline = {
        _text("--phase-pipeline", phase): _text("--phase-pipeline", pipeline)
        for phase, pipeline in (phase_pipeline or {}).items()
    }
    request.load_pass_plugin = _list("--load-pass-plugin", load_pass_plugin)
    request.compile_to = _text("--compile-to", compile_to)
    request.compile_from = _text("--compile-from", compile_from)
    if dump_phases is not None:
        request.dump_phases = os.fspath(dump_phases)
    request.remarks = _text("--remarks", remarks)
    for note in extension.compile(request, progress):
        warnings.warn(note, stacklevel=2)
    return Path(output)
