"""What the comparisons with other software share."""

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def machine():
    """Processors, their name, and the memory, in words."""
    lines = open("/proc/cpuinfo").read().splitlines()
    models = [line.split(":")[1].strip() for line in lines if "model name" in line]
    memory = int(open("/proc/meminfo").readline().split()[1]) / 1e6
    return f"{len(models)} x {models[0]}, {memory:.0f} GB"


def cpu_flags():
    for line in open("/proc/cpuinfo"):
        if line.startswith("flags"):
            return set(line.split(":")[1].split())
    return set()


def free_bytes():
    for line in open("/proc/meminfo"):
        if line.startswith("MemAvailable"):
            return int(line.split()[1]) * 1024
    return 0


def output(*command, **options):
    """Standard output of a command; ends the program when it fails."""
    try:
        done = subprocess.run(
            [str(part) for part in command],
            capture_output=True,
            text=True,
            check=False,
            **options,
        )
    except OSError as problem:
        sys.exit(f"error: {command[0]}: {problem.strerror}; see --bin")
    if done.returncode != 0:
        sys.exit(f"error: {command[0]}: {done.stderr.strip()}")
    return done.stdout


def write_json(path, facts):
    """Complete or not at all."""
    beside = path.with_name(path.name + ".tmp")
    beside.write_text(json.dumps(facts, indent=1) + "\n")
    beside.replace(path)


def median_ratio(theirs, ours):
    """The median of what each round's own two figures make."""
    return statistics.median(a / b for a, b in zip(theirs, ours))


class Child:
    """A process that reads and answers one JSON object a line.

    An answer with "error" ends it; `why` then has the reason.
    """

    def __init__(self, command, threads):
        self.why, self.child = None, None
        try:
            self.child = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                env={**os.environ, "OMP_NUM_THREADS": str(threads)},
            )
        except OSError as problem:
            self.why = f"{command[0]}: {problem.strerror}"
            return
        self.greeting = self.read()

    def read(self):
        line = self.child.stdout.readline()
        answer = json.loads(line) if line else {"error": "the process ended"}
        if "error" in answer:
            self.why = answer["error"]
            self.close()
            return None
        return answer

    def ask(self, request):
        if self.child is None:
            return None
        self.child.stdin.write(json.dumps(request) + "\n")
        self.child.stdin.flush()
        return self.read()

    def close(self):
        if self.child is not None:
            self.child.stdin.close()
            self.child.wait()
            self.child = None


def serve(peer):
    """The other end of a Child: answers until there is no more to read."""
    for line in sys.stdin:
        try:
            answer = peer(json.loads(line))
        except (MemoryError, RuntimeError, ValueError) as problem:
            answer = {"error": str(problem).strip().split("\n")[0] or repr(problem)}
        print(json.dumps(answer), flush=True)
