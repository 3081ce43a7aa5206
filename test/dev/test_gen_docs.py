"""tools/dev/gen-docs writes a page with every op and one with every pass."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOOL = ROOT / "tools/dev/gen-docs"
LLVM = Path("/usr/lib/llvm-22")


def generate(output, *options):
    return subprocess.run(
        [TOOL, "--tblgen", LLVM / "bin/mlir-tblgen", "--include", LLVM / "include"]
        + ["-o", output, *options],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_our_pages(tmp_path):
    done = generate(tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    dialect = (tmp_path / "dialect.md").read_text()
    sources = "".join(p.read_text() for p in ROOT.glob("dialects/FoT/*.td"))
    ops = re.findall(r'^def \w+ : FoT_(?:Compute)?Op<"(\w+)"', sources, re.MULTILINE)
    assert len(ops) > 15
    for op in ops:
        assert f"### `fot.{op}` (" in dialect
    passes = (tmp_path / "passes.md").read_text()
    for td in ROOT.glob("passes/*/Passes.td"):
        for flag in re.findall(r'Pass<\s*"([\w-]+)"', td.read_text()):
            assert f"### `-{flag}`" in passes
    index = (tmp_path / "README.md").read_text()
    for page in re.findall(r"\((\S+)\)", index):
        assert (tmp_path / page).exists()


def test_links_lead_to_headings(tmp_path):
    generate(tmp_path)
    text = (tmp_path / "dialect.md").read_text()
    headings = re.findall(r"^### (.+)$", text, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", h.lower()).replace(" ", "-") for h in headings}
    links = re.findall(r"\]\(#(\S+)\)", text)
    assert links and set(links) <= anchors


def test_broken_source(tmp_path):
    (tmp_path / "dialects/FoT").mkdir(parents=True)
    (tmp_path / "dialects/FoT/FoTOps.td").write_text("def {")
    done = generate(tmp_path / "out", "--root", tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("error: dialects/FoT/FoTOps.td: ")
    assert not (tmp_path / "out/README.md").exists()
