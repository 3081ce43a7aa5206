"""What every refusal looks like, whatever it refuses."""

import driver


def refused(command, *words, codes=(1, 2), folder=None, **options):
    """Runs a command that has to fail, and fail well.

    The exit code is one of `codes`, standard error is one line that begins
    with `error:` and contains all `words`, standard output is empty, and
    `folder` holds afterwards what it held before.
    """
    before = sorted(folder.rglob("*")) if folder else None
    done = driver.tool(*command, seconds=30, **options)
    story = f"exit code {done.returncode}\n{done.stdout}{done.stderr}"
    assert done.returncode in codes, story
    lines = done.stderr.splitlines()
    assert len(lines) == 1 and lines[0].startswith("error: "), story
    assert done.stdout == "", story
    for word in words:
        assert str(word).lower() in lines[0].lower(), f"no '{word}' in: {story}"
    if folder:
        after = sorted(folder.rglob("*"))
        assert after == before, f"left behind: {set(after) ^ set(before)}"


def survives(command, folder=None):
    """Runs a command on spoilt input that may or may not be noticed."""
    done = driver.tool(*command, seconds=30)
    story = f"exit code {done.returncode}\n{done.stdout}{done.stderr}"
    assert done.returncode in (0, 1), story
    if done.returncode == 1:
        assert done.stderr.startswith("error: "), story
        assert done.stderr.count("\n") == 1, story
        if folder:
            assert not list(folder.iterdir()), f"left behind in {folder}"
