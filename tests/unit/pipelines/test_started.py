"""The command as `make` puts it into the environment, when a process that it started reads it once more."""

import runpy
import shutil
import subprocess
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[3]
_MAKE = shutil.which("make") or ""


@pytest.mark.skipif(not _MAKE, reason="make is not installed")
def test_a_process_that_the_portal_starts_does_not_start_a_portal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If this fails, a what-if asked of `doudi serve` begins a second portal, which fails, and so does the what-if."""
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.write_text(f"#!/bin/sh\necho {tmp_path}\n", encoding="utf-8")  # asked where packages lie
    python.chmod(0o755)
    made = [_MAKE, "-s", f"VENV={tmp_path}", f"{tmp_path}/.path"]
    subprocess.run(made, cwd=_ROOT, check=True)  # noqa: S603 - our own Makefile
    monkeypatch.setattr("sys.argv", ["doudi", "--help"])
    again = runpy.run_path(f"{tmp_path}/bin/doudi", run_name="__mp_main__")  # as multiprocessing reads it
    assert callable(again["main"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(f"{tmp_path}/bin/doudi", run_name="__main__")
    assert not ended.value.code
