"""Files that leave through a page: written into a folder of their own, sent, and kept nowhere.

What belongs here: sending. Who may take what, and its line in the audit chain, is decided by whoever writes the file.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import StreamingResponse

from registry.files import private_dir

__all__ = ["TYPES", "sent_file"]

TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
_CHUNK = 1 << 18


def sent_file(request: Request, write: Callable[[Path], object], *, name: str, fmt: str) -> StreamingResponse:
    """What `write` writes to the path that it is given, as a file called `name` of a format of `TYPES`."""
    home: Path = request.app.state.settings.home
    with TemporaryDirectory(prefix="download-", dir=private_dir(home / "tmp")) as folder:
        path = Path(folder) / f"file.{fmt}"
        write(path)
        size = path.stat().st_size
        stream = path.open("rb")  # what is open can be sent although its name is gone
    called = quote(f"{name}.{fmt}")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{called}", "Content-Length": str(size)}
    return StreamingResponse(_parts(stream), media_type=TYPES[fmt], headers=headers)


def _parts(stream: BinaryIO) -> Iterator[bytes]:
    with stream:
        while part := stream.read(_CHUNK):
            yield part
