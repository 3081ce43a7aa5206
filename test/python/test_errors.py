"""What fails raises, with the sentence that the tools print."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import unittest
from pathlib import Path

import numpy as np

import fot
import support

FOTC, FOT = support.BUILD / "bin/fotc", support.BUILD / "bin/fot"


class ErrorTest(support.FolderTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.checkpoint = support.make_checkpoint(cls.folder / "model")
        cls.artifact = fot.compile(cls.checkpoint, cls.folder / "m.fotm")
        cls.model = fot.load(cls.artifact)

    def raises(self, kind, text, function, *arguments, **options):
        with self.assertRaises(kind) as caught:
            function(*arguments, **options)
        sentence = str(caught.exception)
        self.assertIn(text, sentence)
        self.assertNotIn("\n", sentence)
        return sentence

    def same_sentence(self, function, *command, name=None):
        """`function` raises what `command` prints, by the exit code's kind.

        `name` is the file name that the sentence has for the argument tokens.
        """
        done = support.tool(*command)
        self.assertIn(done.returncode, (1, 2), done.stderr)
        kind = fot.Error if done.returncode == 1 else fot.UsageError
        with self.assertRaises(kind) as caught:
            function()
        printed = done.stderr.removeprefix("error: ").removesuffix("\n")
        if name:
            self.assertTrue(printed.startswith(f"{name}: "), printed)
            printed = printed.replace(f"{name}: ", "tokens: ", 1)
        self.assertEqual(str(caught.exception), printed)

    def test_kinds(self):
        self.assertTrue(issubclass(fot.UsageError, ValueError))
        self.assertFalse(issubclass(fot.Error, ValueError))
        self.assertEqual(fot.Error.__module__, "fot")

    def test_compile_says_what_fotc_says(self):
        output = self.folder / "never.fotm"
        for option, value in (
            ("weights", "q9"),
            ("window", 0),
            ("window", 10**9),
            ("last-context", 99),
            ("cpu", "z80"),
            ("memory", "top:k"),
            ("memory-layers", "0,9"),
            ("memory-dtype", "f8"),
            ("window-dtype", "int8"),
            ("prefill-tokens", 0),
            ("fusion", "half"),
            ("disable-pass", "fot-fuse-nothing"),
            ("compile-to", "moon"),
            ("target", "npu"),
        ):
            with self.subTest(option=option, value=value):
                keyword = {option.replace("-", "_"): value}
                self.same_sentence(
                    lambda: fot.compile(self.checkpoint, output, **keyword),
                    *(FOTC, self.checkpoint, "-o", output, f"--{option}={value}"),
                )
        for model, out in (
            (self.folder / "nothing", output),
            (self.artifact, output),
            (self.checkpoint, self.folder / "no/such/folder.fotm"),
        ):
            self.same_sentence(
                lambda: fot.compile(model, out), FOTC, model, "-o", out
            )
        self.assertFalse(output.exists())

    def test_load_says_what_fot_says(self):
        spoilt = self.folder / "spoilt.fotm"
        raw = bytearray(self.artifact.read_bytes())
        raw[0] ^= 0x41
        spoilt.write_bytes(raw)
        short = self.folder / "short.fotm"
        short.write_bytes(raw[: len(raw) // 2])
        for path in (spoilt, short, self.folder / "nothing.fotm", self.folder):
            self.same_sentence(lambda: fot.load(path), FOT, "inspect", path)
        self.same_sentence(
            lambda: fot.load(self.artifact, cpu_level="z80"),
            *(FOT, "run", self.artifact, "--prompt", "x", "--cpu-level=z80"),
        )

    def test_logits_says_what_fot_says(self):
        file, output = self.folder / "tokens.npy", self.folder / "logits.npy"
        command = [FOT, "logits", self.artifact, "--tokens", file, "-o", output]
        for tokens in ([[1, 2, -3]], [[1], [support.VOCAB]], np.zeros((1, 0), int)):
            np.save(file, tokens)
            self.same_sentence(
                lambda: self.model.logits(tokens), *command, name=file
            )
        tokens = np.zeros((1, 6), int)
        np.save(file, tokens)
        for calls in ([1, 2], [7], [3, 0, 3], [5, 2]):
            listed = ",".join(str(count) for count in calls)
            self.same_sentence(
                lambda: self.model.logits(tokens, calls),
                *(*command, f"--calls={listed}"),
            )
        self.same_sentence(
            lambda: self.model.logits(tokens, from_position=7),
            *(*command, "--from=7"),
        )

    def test_a_model_without_text(self):
        for function, command in (
            (lambda: self.model.tokenize("x"), ("tokenize", self.artifact, "x")),
            (
                lambda: self.model.generate("x"),
                ("run", self.artifact, "--prompt", "x"),
            ),
        ):
            self.same_sentence(function, FOT, *command)
        self.raises(fot.Error, "tokenizer", self.model.detokenize, [1])

    def test_wrong_arguments(self):
        usage = fot.UsageError
        logits, session = self.model.logits, self.model.session()
        self.raises(usage, "found float64", logits, [1.0, 2.0])
        self.raises(usage, "found bool", logits, [True])
        self.raises(usage, "found [1, 1, 1]", logits, [[[1]]])
        self.raises(usage, "found []", logits, 3)
        self.raises(usage, "found rows that make none", logits, [[1, 2], [3]])
        self.raises(usage, "[N], found [1, 2]", session.run, [[1, 2]])
        self.raises(usage, "--calls", logits, [1, 2], calls=2)
        self.raises(usage, "--calls", logits, [1, 2], calls=[])
        self.raises(usage, "--from", logits, [1, 2], from_position=-1)
        self.raises(fot.Error, "position 1", session.run, [0, 2**40])
        self.raises(usage, "file name", fot.load, 3)
        self.raises(usage, "zero byte", fot.load, "a\0b")
        self.raises(usage, "path: expected a file name", fot.load, "")
        self.raises(usage, "--threads", fot.load, self.artifact, threads=0)
        self.raises(usage, "--threads", fot.load, self.artifact, threads="two")
        self.raises(usage, "--cpu-level", fot.load, self.artifact, cpu_level=3)
        self.raises(usage, "text", self.model.tokenize, b"bytes")
        stream = self.model.stream
        self.raises(usage, "--max-tokens", stream, [1], max_tokens=0)
        self.raises(usage, "--seed", stream, [1], seed=-1)
        self.raises(usage, "--temperature", stream, [1], temperature="hot")
        self.raises(usage, "temperature", stream, [1], temperature=-1)
        self.raises(usage, "top-p", stream, [1], top_p=0)
        compile_model = fot.compile
        paths = (self.checkpoint, self.folder / "never.fotm")
        self.raises(usage, "--weights", compile_model, *paths, weights=8)
        self.raises(usage, "--window", compile_model, *paths, window="big")
        self.raises(usage, "--window", compile_model, *paths, window=2**70)
        self.raises(usage, "--memory-layers", compile_model, *paths, memory_layers=3)
        self.raises(usage, "--cpu", compile_model, *paths, cpu=3)
        self.raises(usage, "model", compile_model, None, paths[1])
        self.assertFalse(paths[1].exists())

    def test_file_names_that_are_not_text(self):
        name = self.folder / "caf\udce9.fotm"
        self.raises(fot.Error, "caf\\xe9.fotm", fot.load, name)
        fot.compile(self.checkpoint, name)
        self.assertTrue(name.exists())
        self.assertEqual(fot.load(name).vocabulary, support.VOCAB)


class CompileTest(support.FolderTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.checkpoint = support.make_checkpoint(cls.folder / "model")

    def compile(self, **options):
        return fot.compile(
            self.checkpoint, self.folder / "m.fotm", cpu="x86-64-v3", **options
        )

    def test_same_bytes_as_fotc(self):
        ours = self.compile(weights="f16", memory="topk:2", memory_layers=[1])
        other = self.folder / "other.fotm"
        done = support.tool(
            *(FOTC, self.checkpoint, "-o", other, "--cpu=x86-64-v3"),
            *("--weights=f16", "--memory=topk:2", "--memory-layers=1"),
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(ours.read_bytes(), other.read_bytes())

    def test_info_is_what_inspect_prints(self):
        path = self.compile(memory_layers=[])
        done = support.tool(FOT, "inspect", "--json", path)
        info = fot.load(path).info
        self.assertEqual(info, json.loads(done.stdout))
        self.assertEqual(info["model"]["vocab"], support.VOCAB)
        self.assertEqual(info["memories"], [])

    def test_phases(self):
        ir = self.folder / "fused.mlir"
        fot.compile(self.checkpoint, ir, compile_to="fusion")
        self.assertIn("fot.", ir.read_text())
        dumps = self.folder / "dumps"
        path = fot.compile(
            ir, self.folder / "p.fotm", compile_from="fusion", dump_phases=dumps
        )
        self.assertTrue(list(dumps.iterdir()))
        tokens = np.arange(40) % support.VOCAB
        np.testing.assert_array_equal(
            fot.load(path, cpu_level="x86-64-v3").logits(tokens),
            fot.load(self.compile(), cpu_level="x86-64-v3").logits(tokens),
        )

    def test_device(self):
        # In bf16 a key could be rounded up on one side and down on the other.
        both = self.compile(
            target=["cpu", "cuda"], memory="topk:2", memory_dtype="f32"
        )
        tokens = np.arange(40) % support.VOCAB
        cpu = fot.load(both, device="cpu")
        emulated = fot.load(both, device="cuda-emulated")
        self.assertEqual(cpu.device, "cpu")
        self.assertIn("emulated", emulated.device)
        np.testing.assert_allclose(
            emulated.logits(tokens), cpu.logits(tokens), rtol=1e-4, atol=1e-4
        )
        with self.assertRaisesRegex(fot.UsageError, "--device: expected auto, cpu"):
            fot.load(both, device="abacus")
        cpu_only = self.compile()
        self.assertEqual(fot.load(cpu_only).device, "cpu")
        with self.assertRaisesRegex(fot.Error, "no code for GPUs"):
            fot.load(cpu_only, device="cuda")

    def test_progress(self):
        told = []
        self.compile(progress=lambda what, done: told.append((what, done)))
        self.assertTrue(told)
        for what, done in told:
            self.assertIsInstance(what, str)
            self.assertTrue(0 <= done <= 1, f"{what} {done}")

    def test_what_progress_raises_stops_the_work(self):
        for begin in ("reading", "phase memory", "packing weights"):
            calls = []

            def stop(what, done):
                calls.append(what)
                if what.startswith(begin):
                    raise KeyError("enough")

            output = self.folder / "stopped.fotm"
            with self.assertRaisesRegex(KeyError, "enough"):
                fot.compile(self.checkpoint, output, progress=stop)
            self.assertTrue(calls[-1].startswith(begin), calls)
            self.assertEqual(list(self.folder.glob("stopped.fotm*")), [])

    def test_control_c_stops_a_compilation(self):
        output, dumps = self.folder / "stopped.fotm", self.folder / "stopping"
        script = (
            "import fot, sys\n"
            "try:\n"
            "    fot.compile(sys.argv[1], sys.argv[2], dump_phases=sys.argv[3])\n"
            "except KeyboardInterrupt:\n"
            "    print('stopped')\n"
        )
        run = subprocess.Popen(
            [sys.executable, "-c", script, self.checkpoint, output, dumps],
            stdout=subprocess.PIPE,
            text=True,
        )
        deadline = time.monotonic() + support.SECONDS
        while time.monotonic() < deadline and run.poll() is None:
            if dumps.is_dir() and any(dumps.iterdir()):
                run.send_signal(signal.SIGINT)
                break
            time.sleep(0.001)
        story, _ = run.communicate(timeout=support.SECONDS)
        self.assertEqual((run.returncode, story), (0, "stopped\n"))
        self.assertEqual(list(self.folder.glob("stopped.fotm*")), [])

    def test_other_threads_run_meanwhile(self):
        failures = []

        def work():
            try:
                self.compile()
            except Exception as error:
                failures.append(error)

        threads = [threading.Thread(target=work) for _ in range(2)]
        turns, wait = 0, threading.Event()
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            wait.wait(0.001)
            turns += 1
        self.assertEqual(failures, [])
        self.assertGreater(turns, 20)

    def test_running_loads_no_llvm(self):
        path = self.compile()
        script = (
            "import sys, fot\n"
            "def has_llvm():\n"
            "    return 'libLLVM' in open('/proc/self/maps').read()\n"
            "fot.load(sys.argv[1]).logits([1, 2, 3])\n"
            "assert not has_llvm()\n"
            "try:\n"
            "    fot.compile('nothing', 'nothing.fotm')\n"
            "except fot.Error:\n"
            "    assert has_llvm()\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", script, path],
            capture_output=True,
            text=True,
            timeout=support.SECONDS,
            check=False,
        )
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_a_build_without_compiler(self):
        package = self.folder / "runtime-only/fot"
        package.mkdir(parents=True)
        for file in Path(fot.__file__).parent.iterdir():
            if not file.name.startswith(("_compiler", "__pycache__")):
                (package / file.name).symlink_to(file)
        script = "import fot; print(fot.__file__); fot.compile('a', 'b')"
        done = subprocess.run(
            [sys.executable, "-c", script],
            env=dict(os.environ, PYTHONPATH=str(package.parent)),
            capture_output=True,
            text=True,
            timeout=support.SECONDS,
            check=False,
        )
        self.assertIn(str(package), done.stdout)
        last = done.stderr.splitlines()[-1]
        self.assertIn("fot.Error: this build of fot has no compiler", last)


if __name__ == "__main__":
    unittest.main()
