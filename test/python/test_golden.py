"""Every golden case through fot.compile and Model.logits."""

import io
import json
import unittest

import numpy as np

import fot
import support

GOLDEN = support.GOLDEN
CASES = sorted(path.parent.name for path in GOLDEN.glob("*/case.json"))
TYPES = {"float32": "f32", "bfloat16": "bf16", "float16": "f16"}


def compile_case(name, folder):
    case = json.loads((GOLDEN / name / "case.json").read_text())
    memory = case["memory"]["mode"]
    if memory == "topk":
        memory += f":{case['memory']['k']}"
    path = fot.compile(
        GOLDEN / name / "model",
        folder / f"{name}.fotm",
        weights="f32",
        memory=memory,
        memory_dtype=TYPES[case["memory_dtype"]],
        window=case["window"],
        last_context=case["last_context_length"],
    )
    return case, path


@support.needs(GOLDEN)
class GoldenTest(support.FolderTest):
    def test_there_are_cases(self):
        self.assertTrue(CASES)

    def judge(self, name, logits):
        """The verdict of the data's own check.py."""
        check = support.load_module(GOLDEN / "check.py")
        file = io.BytesIO()
        np.save(file, logits)
        file.seek(0)
        return check.compare(GOLDEN / name, file)

    def run_case(self, name):
        case, path = compile_case(name, self.folder)
        tokens = np.load(GOLDEN / name / "tokens.npy")
        start = case.get("logits_from", 0)
        levels = [
            code["level"] for code in fot.load(path).info["code"] if code["runs_here"]
        ]
        self.assertTrue(levels, "no code in the artifact runs on this machine")
        for level in levels:
            for threads in (1, 2):
                model = fot.load(path, threads=threads, cpu_level=level)
                self.assertEqual((model.threads, model.cpu_level), (threads, level))
                logits = model.logits(tokens, case["calls"], start)
                ok, text = self.judge(name, logits)
                self.assertTrue(ok, f"level {level}, {threads} threads: {text}")

    def test_a_wrong_result_is_noticed(self):
        name = CASES[0]
        logits = np.load(GOLDEN / name / "logits.npy").copy()
        self.assertTrue(self.judge(name, logits)[0])
        logits[0, -1, 0] += np.abs(logits).max()
        self.assertFalse(self.judge(name, logits)[0])


for case_name in CASES:
    setattr(
        GoldenTest,
        "test_" + case_name.replace("-", "_"),
        lambda self, name=case_name: self.run_case(name),
    )


if __name__ == "__main__":
    unittest.main()
