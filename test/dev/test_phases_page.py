"""docs/phases.md names the phases and passes that there are."""

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOTC = Path(os.environ.get("FOTC_BUILD", ROOT / "build")) / "bin/fotc"
PAGE = (ROOT / "docs/phases.md").read_text()
FOLDERS = {
    "memory": ["Memory"],
    "fusion": ["Fusion"],
    "pack": ["Pack"],
    "tile": ["Tiling"],
    "bufferize": ["Bufferize"],
    "lower": ["LowerCPU", "LowerGPU"],
}


def sections():
    """Heading to text, in order."""
    parts = re.split(r"^## (.*)\n", PAGE, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2]))


def flags(folders):
    tables = [(ROOT / "passes" / folder / "Passes.td").read_text() for folder in folders]
    found = r'^def \w+\s*:\s*Pass<\s*"([\w-]+)"'
    return set(re.findall(found, "\n".join(tables), re.MULTILINE))


def test_sections_are_the_phases():
    if not FOTC.exists():
        pytest.skip("fotc is not built")
    listing = subprocess.run(
        [FOTC, "--list-phases"], capture_output=True, text=True, timeout=60, check=True
    ).stdout
    phases = dict(line.split(maxsplit=1) for line in listing.splitlines())
    summaries = {name: text.split("\n")[1] for name, text in sections().items()}
    assert list(summaries.items()) == list(phases.items())
    shown = [line[4:] for line in PAGE.splitlines() if line.startswith("    ")]
    assert "\n".join(listing.splitlines()) in "\n".join(shown)


def test_every_folder_of_passes_belongs_to_a_phase():
    folders = {path.parent.name for path in ROOT.glob("passes/*/Passes.td")}
    assert folders == {folder for each in FOLDERS.values() for folder in each}


@pytest.mark.parametrize("phase", FOLDERS)
def test_a_section_lists_the_passes_of_its_phase(phase):
    listed = re.findall(r"^\| `(fot-[\w-]+)` \|", sections()[phase], re.MULTILINE)
    assert sorted(listed) == sorted(flags(FOLDERS[phase]))
