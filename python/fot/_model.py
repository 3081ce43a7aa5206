"""Models and sessions: what the command `fot` does, for programs."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Iterable, Iterator
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _arrays, _runtime
from ._errors import Error, UsageError


_DEVICES = ("auto", "cpu", "cuda", "cuda-emulated")


def load(
    path: str | os.PathLike,
    *,
    threads: int | None = None,
    cpu_level: str | None = None,
    device: str = "auto",
) -> Model:
    """Loads an artifact that `fotc` or `fot.compile` wrote.

    Args:
        path: a .fotm file. It is mapped, and verified before it is used.
        threads: threads to compute with; all usable cores by default.
        cpu_level: the CPU level of the artifact to run; by default the best
            that this machine can.
        device: where to compute: "cpu", "cuda", "cuda-emulated" (the CPU runs
            and checks the code for GPUs), or "auto": a GPU if the artifact has
            code for one and there is one, else the CPU.

    Raises:
        UsageError: an argument makes no sense.
        Error: the file is no artifact, or has no code that runs here.
    """
    count = 0
    if threads is not None:
        count = _arrays.whole_number("--threads", threads, 1, 1024)
    if cpu_level is not None and not isinstance(cpu_level, str):
        raise UsageError(f"--cpu-level: expected a name, found {cpu_level!r}")
    if device not in _DEVICES:
        raise UsageError(
            f"--device: expected {', '.join(_DEVICES)}, found {device!r}"
        )
    name = _arrays.file_name("path", path)
    return Model(_runtime.Model.load(name, count, cpu_level or "", device))


class Model:
    """A compiled model, made by `fot.load`. Threads may share it; their
    computations take turns."""

    def __init__(self, loaded: _runtime.Model):
        self._loaded = loaded

    @cached_property
    def info(self) -> dict:
        """What the artifact holds: the dictionary that `fot inspect --json`
        prints, with the model's facts under "model"."""
        return json.loads(self._loaded.info())

    @property
    def vocabulary(self) -> int:
        """Number of tokens that there are."""
        return self._loaded.vocabulary

    @property
    def threads(self) -> int:
        """Number of threads that compute."""
        return self._loaded.threads

    @property
    def cpu_level(self) -> str:
        """Name of the CPU level that runs; "cuda-host" on a GPU."""
        return self._loaded.cpu_level

    @property
    def device(self) -> str:
        """Where it runs: "cpu", or the GPU's name."""
        return self._loaded.device

    def tokenize(
        self, text: str, *, bos: bool = False, plain: bool = False
    ) -> NDArray[np.int32]:
        """Token ids of a text, int32 [N].

        Args:
            text: the text.
            bos: put the beginning-of-sequence token first.
            plain: read the spelling of special tokens as plain text; for text
                that comes from outside.
        """
        encoded = _arrays.text_bytes("text", text)
        return self._loaded.encode(encoded, bool(bos), not plain)

    def detokenize(self, ids: ArrayLike, *, special: bool = False) -> str:
        """Text of token ids [N] from the beginning of a text.

        Control tokens are left out unless `special`.
        """
        array = _arrays.integers("ids", ids, 1)
        if not _arrays.fits_int32(array):
            outside = next(i for i in array if not _arrays.fits_int32(i))
            raise Error(
                f"token id {outside} is outside the vocabulary of "
                f"{self.vocabulary} tokens"
            )
        return self._loaded.decode(_arrays.int32(array), bool(special))

    def session(self) -> Session:
        """A new sequence, empty."""
        return Session(self, self._loaded.session())

    def logits(
        self,
        tokens: ArrayLike,
        calls: Iterable[int] | None = None,
        from_position: int = 0,
    ) -> NDArray[np.float32]:
        """Logits after each of the tokens; `fot logits` without files.

        Args:
            tokens: int32 or int64, [N] or [B, N]; each row is a session of
                its own.
            calls: counts that cut the N tokens into successive calls on one
                session; one call by default.
            from_position: leave out the logits of positions before this one.

        Returns:
            float32 [N - from_position, vocabulary], or [B, ...] for [B, N].
        """
        ids = _arrays.tokens("tokens", tokens, self.vocabulary, 1, 2)
        counts = _arrays.call_counts(calls, ids.shape[-1])
        start = _arrays.position(from_position, ids.shape[-1])
        rows = self._loaded.logits(np.atleast_2d(ids), counts, start)
        return rows if ids.ndim == 2 else rows[0]

    def generate(
        self,
        prompt: str | ArrayLike,
        max_tokens: int = 256,
        temperature: float = 0.0,
        top_p: float = 1.0,
        seed: int = 0,
        *,
        memory: Iterable[str | os.PathLike] = (),
    ) -> str:
        """The continuation of a prompt, as a whole; see `stream`."""
        return "".join(
            self.stream(
                prompt, max_tokens, temperature, top_p, seed, memory=memory
            )
        )

    def stream(
        self,
        prompt: str | ArrayLike,
        max_tokens: int = 256,
        temperature: float = 0.0,
        top_p: float = 1.0,
        seed: int = 0,
        *,
        memory: Iterable[str | os.PathLike] = (),
    ) -> Iterator[str]:
        """The continuation of a prompt, piece by piece as `fot run` prints it.

        A piece is whole characters, never empty. The end is the model's own
        end token, `max_tokens`, or, with a warning, a full window of a model
        without memory.

        Args:
            prompt: text, or token ids [N].
            max_tokens: most tokens to generate.
            temperature: 0 takes the best token; more is more random.
            top_p: choose among the most probable tokens that reach this
                together.
            seed: the same seed gives the same text on every machine.
            memory: banks that come before the prompt, in their order.
        """
        if isinstance(prompt, str):
            encoded = _arrays.text_bytes("prompt", prompt)
            ids = self._loaded.encode_prompt(encoded)
        else:
            ids = _arrays.tokens("prompt", prompt, self.vocabulary, 1)
        most = _arrays.whole_number("--max-tokens", max_tokens, 1)
        sampler = _runtime.Sampler(
            self._loaded,
            _arrays.real_number("--temperature", temperature),
            _arrays.real_number("--top-p", top_p),
            _arrays.whole_number("--seed", seed, 0, 2**64 - 1),
        )
        session = self._loaded.session()
        for bank in _arrays.items("--memory", memory, "file names"):
            session.attach(_arrays.file_name("--memory", bank))
        detokenizer = self._loaded.detokenizer()
        return self._pieces(session, ids, most, sampler, detokenizer)

    def _pieces(self, session, ids, most, sampler, detokenizer) -> Iterator[str]:
        ends = set(self._loaded.end_tokens)
        logits = session.run(ids, len(ids) - 1)
        for count in range(1, most + 1):
            token = sampler.sample(logits[0])
            if token in ends:
                break
            if piece := detokenizer.push(token):
                yield piece
            if count == most:
                break
            if not session.has_room_for(1):
                warnings.warn(
                    f"the model's window of {self.info['model']['window']} tokens "
                    "is full; compile the model with --memory-layers to go on "
                    "beyond it",
                    RuntimeWarning,
                    stacklevel=2,
                )
                break
            logits = session.run(np.array([token], np.int32), 0)
        if piece := detokenizer.finish():
            yield piece


class Session:
    """One sequence: a local window, and what has left it for the memory.

    Made by `Model.session`. One thread at a time; others get an `Error`.
    """

    def __init__(self, model: Model, session: _runtime.Session):
        self._model = model
        self._session = session

    @property
    def model(self) -> Model:
        return self._model

    @property
    def window_length(self) -> int:
        """Tokens in the local window."""
        return self._session.window_length

    @property
    def memory_length(self) -> int:
        """Tokens in the memory, attached banks included."""
        return self._session.memory_length

    def run(self, tokens: ArrayLike, from_position: int = 0) -> NDArray[np.float32]:
        """Runs tokens [N] as one call, after all that ran before.

        A call cuts its tokens into windows as Focused Transformers do, so what
        is one call and what is two makes a difference to a long sequence.

        Returns:
            float32 [N - from_position, vocabulary], the logits after each of
            the tokens from that one on.

        Raises:
            Error: bad tokens or a full window, and the session is as it was;
                after anything else it must be reset.
        """
        ids = _arrays.tokens("tokens", tokens, self._model.vocabulary, 1)
        start = _arrays.position(from_position, len(ids))
        return self._session.run(ids, start)

    def reset(self) -> None:
        """Forgets everything but the attached banks."""
        self._session.reset()

    def attach(self, path: str | os.PathLike) -> None:
        """Puts the memory of a bank that `fot memorize` or `save_memory` wrote
        in front of what the session will add, behind banks attached before.

        Raises:
            Error: the session is not empty, or the bank is of another model.
        """
        self._session.attach(_arrays.file_name("path", path))

    def save_memory(self, path: str | os.PathLike) -> None:
        """Moves the window to the memory and writes what the session has
        added, not what is attached, to a new bank at `path`."""
        self._session.save_memory(_arrays.file_name("path", path))
