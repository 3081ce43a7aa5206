"""Compiles LLaMA-family models with a Focused-Transformer memory, and runs them.

    import fot

    path = fot.compile("SmolLM2.gguf", "smollm2.fotm", memory_layers="all")
    model = fot.load(path)
    print(model.generate("The capital of France is", max_tokens=8))
    fot.memorize(model, ["book.txt"], "book.fotmem")

Arrays are NumPy's. What fails raises `fot.Error`, what makes no sense
`fot.UsageError`, with the sentences of the tools `fotc` and `fot`. Only
`fot.compile` loads LLVM.
"""

from . import memory
from ._compile import compile
from ._errors import Error, UsageError
from ._memorize import Memorized, memorize
from ._model import Model, Session, load
from ._runtime import version as __version__

__all__ = [
    "Error",
    "Memorized",
    "Model",
    "Session",
    "UsageError",
    "compile",
    "load",
    "memorize",
    "memory",
]
