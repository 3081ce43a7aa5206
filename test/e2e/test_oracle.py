"""The oracle agrees with the golden data before anything is judged by it."""

import json

import numpy as np
import pytest

import driver
import oracle

GOLDEN = driver.SHARED / "golden"
CASES = sorted(path.parent.name for path in GOLDEN.glob("*/case.json"))
TYPES = {"float32": "f32", "bfloat16": "bf16", "float16": "f16"}


@pytest.mark.shared_data
@pytest.mark.parametrize("name", CASES)
def test_golden(name):
    case = json.loads((GOLDEN / name / "case.json").read_text())
    options = oracle.Options(
        window=case["window"],
        last_context=case["last_context_length"],
        top_k=case["memory"].get("k", 0),
        memory_dtype=TYPES[case["memory_dtype"]],
    )
    model = oracle.Model.load(GOLDEN / name / "model", options)
    tokens = np.load(GOLDEN / name / "tokens.npy")
    got, session = oracle.replay(model, tokens, case["calls"])
    got = got[:, case.get("logits_from", 0) :]
    want = np.load(GOLDEN / name / "logits.npy")
    # The data were computed in single precision, hence not nearer than this.
    assert np.abs(got - want).max() <= 0.1 * case["tolerance"] * np.abs(want).max()
    if "min_topk_gap" in case:
        assert session.smallest_gap == pytest.approx(case["min_topk_gap"], rel=0.01)


def test_equal_scores_keep_the_older_entry():
    session = oracle.Session.__new__(oracle.Session)
    session.smallest_gap = np.inf
    kept = session.keep_best(np.array([[1.0, 3.0, 1.0, 1.0]]), 2)
    assert kept.tolist() == [[1.0, 3.0, -np.inf, -np.inf]]


def test_query_heads_share_keys_in_groups():
    """Heads 0, 1 read key-value head 0 and heads 2, 3 read head 1."""
    config = {"num_attention_heads": 4, "num_key_value_heads": 2}
    config.update(hidden_size=8, num_hidden_layers=1)
    model = oracle.Model(config, {}, oracle.Options(window=4, last_context=4))
    session = oracle.Session(model, 1)
    q = np.zeros((1, 4, 1, 2))
    values = np.array([[[[5.0, 5.0]], [[7.0, 7.0]]]])
    y = session.attend(q, np.zeros((1, 2, 1, 2)), values, session.state[0])
    assert y[0, :, 0, 0].tolist() == [5.0, 5.0, 7.0, 7.0]
