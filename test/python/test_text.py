"""Tokenization and generation with the default model, SmolLM2."""

import json
import unittest
import warnings

import numpy as np

import fot
import support

FOT = support.BUILD / "bin/fot"


def data(name):
    return json.loads((support.SMOLLM2 / name).read_text())


class TextTest(support.FolderTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.path = fot.compile(support.smollm2(), cls.folder / "smollm2.fotm")
        cls.model = fot.load(cls.path)

    @support.needs(support.SMOLLM2)
    def test_tokenize(self):
        for case in data("tokenize.json"):
            ids = self.model.tokenize(case["text"])
            self.assertEqual(ids.tolist(), case["ids"], repr(case["text"]))
            self.assertEqual(ids.dtype, np.int32)

    @support.needs(support.SMOLLM2)
    def test_greedy_text(self):
        # With AVX2, as near ties come out otherwise with VNNI: see test_smollm2.py.
        plain = fot.load(self.path, cpu_level="x86-64-v3")
        for case in data("greedy.json"):
            count = case["common_prefix"]
            text = plain.generate(case["prompt"], count)
            self.assertTrue(text)
            self.assertTrue(case["text"].startswith(text), f"{text!r}, {case}")
            for model in (plain, self.model):
                told = model.generate(case["prompt"], count)
                self.assertEqual(model.generate(case["ids"], count), told)

    def test_text_and_back(self):
        for text in ("", "Hello world", "naïve 日本語 🙂\n\ttabs  and spaces"):
            self.assertEqual(self.model.detokenize(self.model.tokenize(text)), text)

    def test_special_tokens(self):
        text = "<|im_start|>user\nHi<|im_end|>"
        ids = self.model.tokenize(text)
        plain = self.model.tokenize(text, plain=True)
        self.assertLess(len(ids), len(plain))
        self.assertEqual(self.model.detokenize(ids), "user\nHi")
        self.assertEqual(self.model.detokenize(ids, special=True), text)
        self.assertEqual(self.model.detokenize(plain), text)
        bos = self.model.info["model"]["bos"]
        self.assertEqual(self.model.tokenize("Hi", bos=True)[0], bos)

    def test_text_that_is_none(self):
        self.assertEqual(
            self.model.tokenize("\ud800").tolist(),
            self.model.tokenize("\ufffd\ufffd\ufffd").tolist(),
        )
        with self.assertRaisesRegex(fot.Error, "token id 49152 is outside"):
            self.model.detokenize([5, 49152])
        with self.assertRaisesRegex(fot.Error, f"token id {2**40} is outside"):
            self.model.detokenize([5, 2**40])

    def test_stream_is_generate_and_fot_run(self):
        options = dict(max_tokens=12, temperature=0.9, top_p=0.8, seed=7)
        prompt = "Once upon a time"
        pieces = list(self.model.stream(prompt, **options))
        self.assertGreater(len(pieces), 5)
        self.assertTrue(all(pieces))
        text = "".join(pieces)
        self.assertEqual(self.model.generate(prompt, **options), text)
        flags = [f"--{key.replace('_', '-')}={options[key]}" for key in options]
        done = support.tool(FOT, "run", self.path, "--prompt", prompt, *flags)
        self.assertEqual(done.stdout, text)
        options["seed"] = 8
        self.assertNotEqual(self.model.generate(prompt, **options), text)

    def test_a_stream_may_be_left(self):
        stream = self.model.stream("Once upon a time", max_tokens=10**6)
        next(stream)
        stream.close()

    def test_a_full_window_ends_with_a_warning(self):
        path = fot.compile(
            support.smollm2(), self.folder / "short.fotm", window=8, cpu="x86-64-v3"
        )
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            pieces = list(fot.load(path).stream("The capital of France is"))
        # Five tokens of prompt, three of text, and one that needs no room.
        self.assertEqual(len(pieces), 4)
        (warning,) = caught
        done = support.tool(
            FOT, "run", path, "--prompt", "The capital of France is"
        )
        self.assertEqual(done.stdout, "".join(pieces))
        self.assertEqual(done.stderr, f"note: {warning.message}\n")


if __name__ == "__main__":
    unittest.main()
