"""Documents that become banks, and banks by themselves: as `fot` makes them.

On the handwritten module, of which a token is a character: windows of 256
tokens, segments of 16 windows."""

import fcntl
import json
import signal
import subprocess
import sys
import threading
import time
import unittest

import fot
import support

FOT, TOY = support.BUILD / "bin/fot", support.BUILD / "bin/test/toy-artifact"
SEGMENT = 16 * 256
WORDS = "the memory of a window that left keeps keys; 17 heads, 4096 rows.\n"


def must(*command):
    done = support.tool(*command)
    if done.returncode != 0:
        raise RuntimeError(f"{command}: {done.stderr}")
    return done.stdout


def toy(path, *arguments):
    must(TOY, path, *arguments)
    return path


def text(path, characters, seed=0):
    """A file whose text begins as its seed says."""
    path.write_text((f"{seed} " + WORDS * (characters // 60 + 1))[:characters])
    return path


class BankTest(support.FolderTest):
    """Tests with a model, and a folder for each of them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.artifact = toy(cls.folder / "toy.fotm", "memory")
        cls.model = fot.load(cls.artifact)

    def setUp(self):
        self.here = self.folder / self.id().rsplit(".", 1)[-1]
        self.here.mkdir()

    def texts(self, *sizes):
        return [
            text(self.here / f"{seed}.txt", size, seed)
            for seed, size in enumerate(sizes)
        ]

    def as_cli(self, texts, name="cli.fotmem", *options):
        """The bytes of the bank that the command makes."""
        bank = self.here / name
        must(FOT, "memorize", self.artifact, *texts, "-o", bank, *options)
        return bank.read_bytes()

    def same_sentence(self, function, *command):
        """`function` raises what `command` prints, by the exit code's kind."""
        done = support.tool(FOT, *command)
        self.assertIn(done.returncode, (1, 2), done.stdout)
        kind = fot.Error if done.returncode == 1 else fot.UsageError
        with self.assertRaises(kind) as caught:
            function()
        printed = done.stderr.removeprefix("error: ").removesuffix("\n")
        self.assertEqual(str(caught.exception), printed)


class MemorizeTest(BankTest):
    def test_the_same_bytes_as_the_command(self):
        texts = self.texts(10_000, 0, 3_000)
        for encode in ("sequential", "independent"):
            with self.subTest(encode):
                want = self.as_cli(
                    texts, f"cli-{encode}.fotmem", f"--encode={encode}"
                )
                bank = self.here / f"ours-{encode}.fotmem"
                done = fot.memorize(self.model, texts, bank, encode=encode)
                self.assertEqual(done, (3, 0, 13_000, 13_000))
                self.assertEqual(bank.read_bytes(), want)
                # The same texts out of memory, as str and as bytes.
                pairs = [(str(path), path.read_text()) for path in texts]
                pairs[2] = (texts[2], texts[2].read_bytes())
                bank = self.here / f"pairs-{encode}.fotmem"
                fot.memorize(self.model, iter(pairs), bank, encode=encode)
                self.assertEqual(bank.read_bytes(), want)

    def test_what_is_there_is_continued(self):
        texts = self.texts(3_000, 5_000, 1_000)
        want, bank = self.as_cli(texts), self.here / "a.fotmem"
        fot.memorize(self.model, texts[:1], bank)
        done = fot.memorize(self.model, texts, bank)
        self.assertEqual(done, (3, 1, 6_000, 9_000))
        self.assertEqual(bank.read_bytes(), want)
        done = fot.memorize(self.model, texts, bank)
        self.assertEqual(done, (3, 3, 0, 9_000))
        self.assertEqual(bank.read_bytes(), want)
        self.assertEqual(done.bank_tokens, fot.memory.info(bank)["tokens"])

    def test_progress(self):
        texts, told = self.texts(10_000, 2_000), []
        bank = self.here / "a.fotmem"
        fot.memorize(
            self.model, texts, bank, progress=lambda *now: told.append(now)
        )
        names = [name for name, _ in told]
        self.assertEqual(set(names), {str(path) for path in texts})
        self.assertEqual(names, sorted(names))
        shares = [share for _, share in told]
        self.assertEqual(shares, sorted(shares))
        self.assertGreaterEqual(len(told), 12_000 // 256)
        self.assertTrue(0 < shares[0] < 0.1, shares[0])
        self.assertEqual(shares[-1], 1)

    def test_a_run_that_its_listener_stops_is_continued(self):
        texts = self.texts(20_000, 3_000)
        want, bank = self.as_cli(texts), self.here / "a.fotmem"
        windows = 0

        def stop(name, share):
            nonlocal windows
            windows += 1
            # In the third segment; the two before it are committed.
            if windows == 2 * 16 + 5:
                raise KeyError("enough")

        with self.assertRaisesRegex(KeyError, "enough"):
            fot.memorize(self.model, texts, bank, progress=stop)
        facts = fot.memory.info(bank)
        self.assertEqual(facts["tokens"], 2 * SEGMENT)
        self.assertFalse(facts["documents"][0]["complete"])
        fot.memory.verify(bank)
        done = fot.memorize(self.model, texts, bank)
        self.assertEqual(done, (2, 0, 23_000 - 2 * SEGMENT, 23_000))
        self.assertEqual(bank.read_bytes(), want)

    def test_control_c_leaves_what_was_committed(self):
        texts, bank = self.texts(120_000), self.here / "a.fotmem"
        script = (
            "import fot, sys\n"
            "model = fot.load(sys.argv[1], threads=1)\n"
            "try:\n"
            "    fot.memorize(model, [sys.argv[2]], sys.argv[3])\n"
            "except KeyboardInterrupt:\n"
            "    print('stopped')\n"
        )
        run = subprocess.Popen(
            [sys.executable, "-c", script, self.artifact, texts[0], bank],
            stdout=subprocess.PIPE,
            text=True,
        )
        deadline = time.monotonic() + support.SECONDS
        while time.monotonic() < deadline and run.poll() is None:
            try:
                if fot.memory.info(bank)["tokens"]:
                    run.send_signal(signal.SIGINT)
                    break
            except fot.Error:
                pass  # not yet there
            time.sleep(0.001)
        story, _ = run.communicate(timeout=support.SECONDS)
        self.assertEqual((run.returncode, story), (0, "stopped\n"))
        fot.memory.verify(bank)
        facts = fot.memory.info(bank)
        self.assertTrue(0 < facts["tokens"] < 120_000, facts["tokens"])
        self.assertEqual(facts["tokens"] % SEGMENT, 0)
        done = fot.memorize(self.model, texts, bank)
        self.assertEqual(done.tokens, 120_000 - facts["tokens"])
        self.assertEqual(bank.read_bytes(), self.as_cli(texts))

    def test_other_threads_run_meanwhile(self):
        texts = self.texts(200_000)
        failures = []

        def work():
            try:
                fot.memorize(self.model, texts, self.here / "a.fotmem")
            except Exception as error:
                failures.append(error)

        thread = threading.Thread(target=work)
        turns, wait = 0, threading.Event()
        thread.start()
        while thread.is_alive():
            wait.wait(0.001)
            turns += 1
        self.assertEqual(failures, [])
        self.assertGreater(turns, 10)

    def test_what_was_memorized_is_attached(self):
        texts, bank = self.texts(1_000), self.here / "a.fotmem"
        fot.memorize(self.model, texts, bank)
        session = self.model.session()
        session.attach(bank)
        self.assertEqual(session.memory_length, 1_000)
        other = self.here / "b.fotmem"
        fot.memorize(self.model, [("more", "of it, " * 90)], other)
        for banks in ([], [bank], [other, bank]):
            with self.subTest(banks=banks):
                options = [part for path in banks for part in ("--memory", path)]
                want = must(
                    *(FOT, "run", self.artifact, "--prompt", "What was said?"),
                    *("--max-tokens", "20", *options),
                )
                got = self.model.generate("What was said?", 20, memory=banks)
                self.assertEqual(got, want.removesuffix("\n"))
        with self.assertRaisesRegex(fot.UsageError, "--memory: expected a list"):
            self.model.generate("x", memory="a.fotmem")
        with self.assertRaisesRegex(fot.Error, "none.fotmem: cannot open"):
            self.model.stream("x", memory=[self.here / "none.fotmem"])

    def test_says_what_fot_memorize_says(self):
        a, b = self.texts(5_000, 900)
        bank = self.here / "a.fotmem"
        fot.memorize(self.model, [a], bank)
        raw = bank.read_bytes()
        short, spoilt = self.here / "short.fotmem", self.here / "spoilt.fotmem"
        short.write_bytes(raw[: len(raw) // 2])
        spoilt.write_bytes(b"X" + raw[1:])
        other = toy(self.here / "other.fotm", "memory", "9")
        plain = toy(self.here / "plain.fotm", "plain")
        full = self.here / "full.fotmem"
        full.symlink_to("/dev/full")
        for artifact, texts, output, encode in (
            (other, [a, b], bank, "sequential"),
            (plain, [a], self.here / "p.fotmem", "sequential"),
            (self.artifact, [a], short, "sequential"),
            (self.artifact, [a], spoilt, "sequential"),
            (self.artifact, [a], a, "sequential"),
            (self.artifact, [a], self.here / "no/such.fotmem", "sequential"),
            (self.artifact, [a], self.here, "sequential"),
            (self.artifact, [a], full, "sequential"),
            (self.artifact, [self.here / "none"], bank, "sequential"),
            (self.artifact, [self.here], self.here / "d.fotmem", "sequential"),
            (self.artifact, [b, a], bank, "sequential"),
            (self.artifact, [a], bank, "independent"),
            (self.artifact, ["-", "-"], bank, "sequential"),
        ):
            with self.subTest(texts=texts, output=output):
                # A bank that a refused run leaves, empty, is not the next's.
                new = not output.exists()
                model = fot.load(artifact)

                def ours(model=model, texts=texts, output=output, encode=encode):
                    if new:
                        output.unlink(missing_ok=True)
                    fot.memorize(model, texts, output, encode=encode)

                self.same_sentence(
                    ours,
                    *("memorize", artifact, *texts, "-o", output),
                    f"--encode={encode}",
                )
        self.assertEqual(bank.read_bytes(), raw)
        with bank.open("rb") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            self.same_sentence(
                lambda: fot.memorize(self.model, [a, b], bank),
                *("memorize", self.artifact, a, b, "-o", bank),
            )
        a.write_text(a.read_text()[:-1] + "!")
        self.same_sentence(
            lambda: fot.memorize(self.model, [a, b], bank),
            *("memorize", self.artifact, a, b, "-o", bank),
        )
        self.assertEqual(bank.read_bytes(), raw)

    def test_wrong_arguments(self):
        bank = self.here / "never.fotmem"
        for documents, message in (
            ("book.txt", "documents: expected a list of file names"),
            (self.here / "book.txt", "documents: expected a list"),
            (7, "documents: expected a list"),
            ([], "documents: expected at least one"),
            ([3], "documents: expected a file name, found 3"),
            ([("a", "text", 1)], "a name and its text"),
            ([("a", 1)], "expected text, found int"),
            (["a\0b"], "zero byte"),
        ):
            with self.assertRaisesRegex(fot.UsageError, message):
                fot.memorize(self.model, documents, bank)
        texts = self.texts(10)
        self.same_sentence(
            lambda: fot.memorize(self.model, texts, bank, encode="half"),
            *("memorize", self.artifact, *texts, "-o", bank, "--encode=half"),
        )
        with self.assertRaisesRegex(fot.UsageError, "progress"):
            fot.memorize(self.model, texts, bank, progress=1)
        with self.assertRaisesRegex(fot.UsageError, "model"):
            fot.memorize("m.fotm", texts, bank)
        with self.assertRaisesRegex(fot.UsageError, "path"):
            fot.memorize(self.model, texts, 3)
        self.assertFalse(bank.exists())

    def test_names_that_are_not_text(self):
        path = text(self.here / "caf\udce9.txt", 600)
        told = []
        bank = self.here / "caf\udce9.fotmem"
        fot.memorize(
            self.model, [path], bank, progress=lambda name, _: told.append(name)
        )
        self.assertEqual(set(told), {str(path)})
        self.assertEqual(fot.memory.info(bank)["tokens"], 600)


class MemoryTest(BankTest):
    def banks(self):
        paths = []
        for path in self.texts(5_000, 700):
            paths.append(path.with_suffix(".fotmem"))
            fot.memorize(self.model, [path], paths[-1], encode="independent")
        return paths

    def test_info_is_what_the_command_prints(self):
        bank = self.banks()[0]
        facts = json.loads(must(FOT, "memory", "info", "--json", bank))
        self.assertEqual(fot.memory.info(bank), facts)
        self.assertEqual(facts["documents"][0]["tokens"], 5_000)

    def test_merge_and_append_give_the_bytes_of_one_run(self):
        banks = self.banks()
        texts = [path.with_suffix(".txt") for path in banks]
        want = self.as_cli(texts, "cli.fotmem", "--encode=independent")
        both, told = self.here / "both.fotmem", []
        fot.memory.merge(
            iter(banks), both, progress=lambda *now: told.append(now)
        )
        self.assertEqual(both.read_bytes(), want)
        self.assertEqual(told[-1], (str(both), 1.0))
        fot.memory.append(banks[0], banks[1:])
        self.assertEqual(banks[0].read_bytes(), want)

    def test_verify_finds_damage(self):
        bank, told = self.banks()[0], []
        fot.memory.verify(bank, progress=lambda *now: told.append(now))
        self.assertEqual(told[-1], (str(bank), 1.0))
        raw = bytearray(bank.read_bytes())
        raw[-3000] ^= 1
        bank.write_bytes(raw)
        self.same_sentence(
            lambda: fot.memory.verify(bank), "memory", "verify", bank
        )

    def test_listeners_stop(self):
        a, b = self.banks()
        both = self.here / "both.fotmem"

        def stop(name, share):
            raise KeyError("enough")

        for work in (
            lambda: fot.memory.verify(a, progress=stop),
            lambda: fot.memory.merge([a, b], both, progress=stop),
            lambda: fot.memory.append(a, [b], progress=stop),
        ):
            with self.assertRaisesRegex(KeyError, "enough"):
                work()
        self.assertEqual([p.name for p in self.here.glob("both*")], [])
        self.assertEqual(fot.memory.info(a)["tokens"], 5_000)
        fot.memory.merge([a, b], both)
        fot.memory.append(a, [b])
        self.assertEqual(a.read_bytes(), both.read_bytes())

    def test_says_what_fot_memory_says(self):
        a, b = self.banks()
        raw = a.read_bytes()
        short = self.here / "short.fotmem"
        short.write_bytes(raw[: len(raw) - 5_000])
        none, folder = self.here / "none.fotmem", self.here / "no"
        other = self.here / "other.fotmem"
        model = fot.load(toy(self.here / "other.fotm", "memory", "9"))
        fot.memorize(model, self.texts(300), other)
        for bank in (none, short, a.with_suffix(".txt"), self.here):
            self.same_sentence(
                lambda: fot.memory.info(bank), "memory", "info", bank
            )
            self.same_sentence(
                lambda: fot.memory.verify(bank), "memory", "verify", bank
            )
            self.same_sentence(
                lambda: fot.memory.append(a, [bank]), "memory", "append", a, bank
            )
        for banks, output in (
            ([a, other], self.here / "m.fotmem"),
            ([a, short], self.here / "m.fotmem"),
            ([a, b], folder / "m.fotmem"),
            ([a, b], self.here),
        ):
            self.same_sentence(
                lambda: fot.memory.merge(banks, output),
                *("memory", "merge", *banks, "-o", output),
            )
        self.assertFalse((self.here / "m.fotmem").exists())
        self.assertEqual(a.read_bytes(), raw)

    def test_wrong_arguments(self):
        for work in (
            lambda: fot.memory.info(3),
            lambda: fot.memory.verify(None),
            lambda: fot.memory.merge("a.fotmem", "b.fotmem"),
            lambda: fot.memory.merge([], "b.fotmem"),
            lambda: fot.memory.merge([3], "b.fotmem"),
            lambda: fot.memory.append("a.fotmem", "b.fotmem"),
            lambda: fot.memory.append("a.fotmem", []),
            lambda: fot.memory.verify("a.fotmem", progress=1),
        ):
            with self.assertRaises(fot.UsageError):
                work()


if __name__ == "__main__":
    unittest.main()
