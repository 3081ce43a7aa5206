"""tools/dev/check-docs finds what pages show and the tree does not hold."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOL = ROOT / "tools/dev/check-docs"

SOURCE = """int one() {
  if (true) {
    return 1;
  }
}
namespace x {
  const char *name = "two";
  int two() {
    return 2;
  }
} // namespace x
"""
PAGE = """# A page of `src/a.cpp`, with `--flag=a/b`, `src/NAME.cpp` and `other/c`

<!-- snippet: src/a.cpp "int one()" "}" -->
```cpp
int one() {
  if (true) {
    return 1;
  }
}
```

<!-- snippet: src/a.cpp 'name = "two"' -->
```cpp
const char *name = "two";
```

<!-- snippet: src/a.cpp "int two" "...return 2;" -->
```cpp
int two() {
  return 2;
```

```cpp
int shown_but_not_compared;
```
"""


def check(root, page, *options):
    (root / "src").mkdir(exist_ok=True)
    (root / "src/a.cpp").write_text(SOURCE)
    (root / "docs").mkdir(exist_ok=True)
    (root / "docs/page.md").write_text(page)
    done = subprocess.run(
        [TOOL, "--root", root, *options],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.stderr == ""
    return done.returncode, done.stdout


def test_true_page(tmp_path):
    assert check(tmp_path, PAGE) == (0, "")


BREACHES = {
    "changed": ("    return 1;", "    return 2;", '"int one()" "}" is not what'),
    "shorter": ("  }\n}\n```", "  }\n```", '"int one()" "}" is not what'),
    "no-file": ("src/a.cpp 'name", "src/b.cpp 'name", "shows src/b.cpp, which is not"),
    "no-start": ('"int two"', '"int three"', 'one line with "int three" in src/a.cpp'),
    "two-starts": ('"int two"', '"return"', "expects one line with \"return\""),
    "no-end": ("...return 2;", "...return 3;", 'expects "...return 3;" after'),
    "no-block": ("```cpp\nint two() {\n  return 2;\n```", "", "without a code block"),
    "grammar": ('"int two" "...return 2;"', "", "expects snippet: FILE FIRST"),
    "path": ("`src/a.cpp`", "`src/gone.cpp`", "names src/gone.cpp, which is not"),
}


@pytest.mark.parametrize("case", BREACHES)
def test_breach(tmp_path, case):
    old, new, expected = BREACHES[case]
    assert old in PAGE
    code, output = check(tmp_path, PAGE.replace(old, new))
    assert code == 1
    assert output.startswith("docs/page.md: ")
    assert expected in output


def test_update(tmp_path):
    stale = PAGE.replace("    return 1;", "    return 2;")
    code, output = check(tmp_path, stale, "--update")
    assert (code, output) == (0, "docs/page.md: written anew\n")
    assert (tmp_path / "docs/page.md").read_text() == PAGE


def test_our_pages():
    done = subprocess.run(
        [TOOL], capture_output=True, text=True, timeout=30, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")
