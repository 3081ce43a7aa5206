"""Sessions: how calls are cut into windows, what is remembered, threads."""

import threading
import unittest

import numpy as np

import fot
import support

WINDOW, LAST = support.WINDOW, support.LAST
# Error over the largest logit, as the golden data's tolerance.
TOLERANCE = 1e-4


class SessionTest(support.FolderTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.checkpoint = support.make_checkpoint(
            cls.folder / "model", mem_dtype="float32"
        )
        path = fot.compile(
            cls.checkpoint, cls.folder / "m.fotm", weights="f32", memory_dtype="f32"
        )
        cls.model = fot.load(path, threads=2)
        cls.tokens = np.random.default_rng(1).integers(0, support.VOCAB, (2, 157))

    def test_shapes_and_types(self):
        tokens = self.tokens[:, :5]
        both = self.model.logits(tokens)
        self.assertEqual(both.shape, (2, 5, support.VOCAB))
        self.assertEqual(both.dtype, np.float32)
        self.assertTrue(both.flags.writeable)
        one = self.model.logits(tokens[1])
        self.assertEqual(one.shape, (5, support.VOCAB))
        np.testing.assert_array_equal(one, both[1])
        for same in (
            tokens.astype(np.int32),
            tokens.astype(np.uint8),
            np.asfortranarray(tokens),
            np.repeat(tokens, 2, axis=1)[:, ::2],
            tokens.tolist(),
        ):
            np.testing.assert_array_equal(self.model.logits(same), both)
        frozen = tokens.astype(np.int32)
        frozen.flags.writeable = False
        np.testing.assert_array_equal(self.model.logits(frozen), both)

    def test_from_position_leaves_the_rest_as_it_is(self):
        calls = [30, 1, 20]
        whole = self.model.logits(self.tokens[:, :51], calls)
        for start in (0, 1, 29, 30, 31, 50, 51):
            got = self.model.logits(self.tokens[:, :51], calls, start)
            self.assertEqual(got.shape, whole[:, start:].shape)
            # Fewer rows are tiled otherwise, and so rounded otherwise.
            limit = TOLERANCE * np.abs(whole).max()
            np.testing.assert_allclose(got, whole[:, start:], atol=limit)

    def test_calls_are_those_of_the_oracle(self):
        oracle = support.load_module(support.ROOT / "test/e2e/oracle.py")
        reference = oracle.Model.load(
            self.checkpoint,
            oracle.Options(
                window=WINDOW, last_context=LAST, top_k=0, memory_dtype="f32"
            ),
        )
        for calls in ([157], [1] * 40, [LAST + 1, 1], [5, 33, 1, 17, 2, 48]):
            tokens = self.tokens[:, : sum(calls)]
            want, _ = oracle.replay(reference, tokens, calls)
            got = self.model.logits(tokens, calls)
            error = np.abs(got - want).max() / np.abs(want).max()
            self.assertLessEqual(error, TOLERANCE, f"calls {calls}")

    def test_runs_of_a_session_are_calls(self):
        calls = [5, 33, 1, 17, 2, 48]
        row = self.tokens[0, : sum(calls)]
        session = self.model.session()
        pieces = [session.run(part) for part in np.split(row, np.cumsum(calls)[:-1])]
        want = self.model.logits(row, calls)
        np.testing.assert_array_equal(np.concatenate(pieces), want)
        self.assertFalse(np.array_equal(want, self.model.logits(row)))

    def test_lengths_of_window_and_memory(self):
        session = self.model.session()
        row = self.tokens[0]
        # Tokens of a call, then the local window and the memory after it.
        for count, window, memory in (
            (40, LAST, 32),
            (1, LAST + 1, 32),
            (7, WINDOW, 32),
            (1, 1, 48),
            (3, 4, 48),
            (LAST + 5, LAST, 57),
        ):
            logits = session.run(row[:count])
            self.assertEqual(logits.shape, (count, support.VOCAB))
            lengths = (session.window_length, session.memory_length)
            self.assertEqual(lengths, (window, memory), f"after {count} tokens")
        session.reset()
        self.assertEqual((session.window_length, session.memory_length), (0, 0))

    def test_memories_outlive_sessions(self):
        bank = self.folder / "row.fotmem"
        row, rest = self.tokens[0][:80], self.tokens[0][80 : 80 + LAST]
        writer, reader = self.model.session(), self.model.session()
        writer.run(row)
        writer.save_memory(bank)
        self.assertEqual((writer.window_length, writer.memory_length), (0, 80))
        reader.attach(bank)
        self.assertEqual((reader.window_length, reader.memory_length), (0, 80))
        np.testing.assert_array_equal(reader.run(rest), writer.run(rest))
        with self.assertRaisesRegex(fot.Error, "row.fotmem: .* empty session"):
            reader.attach(bank)
        reader.reset()
        self.assertEqual((reader.window_length, reader.memory_length), (0, 80))
        with self.assertRaisesRegex(fot.Error, "none.fotmem: cannot open"):
            reader.attach(self.folder / "none.fotmem")
        with self.assertRaises(fot.UsageError):
            reader.attach(7)

    def test_reset_forgets(self):
        session = self.model.session()
        first = session.run(self.tokens[0])
        again = session.run(self.tokens[0])
        self.assertFalse(np.array_equal(first, again))
        session.reset()
        np.testing.assert_array_equal(session.run(self.tokens[0]), first)

    def test_a_refused_call_changes_nothing(self):
        session, other = self.model.session(), self.model.session()
        row = self.tokens[0]
        session.run(row[:20])
        other.run(row[:20])
        with self.assertRaises(fot.Error):
            session.run([1, support.VOCAB])
        with self.assertRaises(fot.UsageError):
            session.run([1.5])
        np.testing.assert_array_equal(session.run(row[20:]), other.run(row[20:]))

    def test_a_session_keeps_its_model(self):
        session = fot.load(self.folder / "m.fotm", threads=1).session()
        want = self.model.logits(self.tokens[0])
        got = session.run(self.tokens[0])
        np.testing.assert_allclose(got, want, atol=TOLERANCE * np.abs(want).max())

    def test_sessions_of_several_threads(self):
        want = self.model.logits(self.tokens)
        got = [None, None]

        def work(row):
            for _ in range(5):
                got[row] = self.model.session().run(self.tokens[row])

        threads = [threading.Thread(target=work, args=(row,)) for row in (0, 1)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        np.testing.assert_array_equal(np.stack(got), want)

    def test_one_session_takes_one_thread(self):
        session = self.model.session()
        tokens = np.resize(self.tokens, 20000)
        done = threading.Event()

        def work():
            session.run(tokens, len(tokens))
            done.set()

        thread = threading.Thread(target=work)
        thread.start()
        # Either the session is busy, or the run is over before we look.
        sentences = set()
        while not done.is_set():
            try:
                session.run([])
            except fot.Error:
                pass
            try:
                session.reset()
            except fot.Error as error:
                sentences.add(str(error))
            if sentences:
                break
        thread.join()
        for sentence in sentences:
            self.assertIn("another thread", sentence)
        self.assertTrue(sentences, "the interpreter stood still during a run")


class PlainModelTest(support.FolderTest):
    def test_a_full_window(self):
        checkpoint = support.make_checkpoint(
            self.folder / "plain", mem_layers=None, last_context=None
        )
        model = fot.load(fot.compile(checkpoint, self.folder / "plain.fotm"))
        session = model.session()
        session.run(np.zeros(WINDOW, int))
        self.assertEqual(session.memory_length, 0)
        with self.assertRaisesRegex(fot.Error, "--memory-layers"):
            session.run([0])
        self.assertEqual(session.window_length, WINDOW)


if __name__ == "__main__":
    unittest.main()
