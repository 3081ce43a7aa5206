"""Fixtures of the end-to-end tests: the tools of the build, and shared data."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import driver  # noqa: E402


def pytest_collection_modifyitems(items):
    """Skips what needs the golden data where they are not."""
    missing = pytest.mark.skip(
        reason=f"needs the golden data, and there is no {driver.SHARED}"
    )
    for item in items:
        if "shared_data" in item.keywords and not driver.SHARED.is_dir():
            item.add_marker(missing)


def pytest_configure(config):
    config.addinivalue_line("markers", "shared_data: needs the golden data")


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    """A folder for one module's artifacts, emptied when it is done."""
    folder = tmp_path_factory.mktemp("work")
    yield folder
    for path in sorted(folder.rglob("*.fotm")) + sorted(folder.rglob("*.npy")):
        path.unlink()


@pytest.fixture(scope="session")
def checkpoint():
    """The default model's file, fetched if need be."""
    return driver.must(driver.ROOT / "scripts/fetch-model").strip()
