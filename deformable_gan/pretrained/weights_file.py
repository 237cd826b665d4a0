"""Files of trained weights on the web, each downloaded once and checked for completeness."""

import contextlib
import hashlib
import http.client
import os
import sys
import tempfile
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from deformable_gan.errors import WeightsError

#: The environment variable with the folder that downloaded weights are kept in; the default folder
#: is `~/.cache/deformable_gan`.
CACHE_VARIABLE = "DEFORMABLE_GAN_CACHE"

# A download fails if the server sends nothing for `_SILENCE_SECONDS`, or if the whole download
# takes longer than `_WHOLE_SECONDS`.
_SILENCE_SECONDS = 20
_WHOLE_SECONDS = 1800
_CHUNK = 1 << 20


@dataclass(frozen=True)
class WeightsFile:
    """A published file.

    Attributes:
        title: what the file is, for messages.
        address: its URL.
        option: the command-line option for a local copy.
        sha256: its checksum or the beginning of it; "" if none is published.
    """

    title: str
    address: str
    option: str
    sha256: str = ""

    @property
    def name(self) -> str:
        """The file's name."""
        return self.address.rpartition("/")[2]

    def find(self, path: str | Path | None = None) -> Path:
        """Return the path of the file; download the file if it is not found.

        The order of search is: `path`; the folder of earlier downloads; the network.

        Args:
            path: a local copy, or a folder that holds it under its name; None to search.

        Raises:
            WeightsError: there is no file at `path`, the file cannot be downloaded, or the
                downloaded file has another checksum.
        """
        if path is not None:
            path = Path(path)
            path = path / self.name if path.is_dir() else path
            if not path.is_file():
                raise WeightsError(
                    f"{path} does not exist: {self.option} expects {self.title} from {self.address}"
                )
            return path
        cached = cache_folder() / self.name
        if not cached.is_file():
            try:
                self._download(cached)
            except (OSError, http.client.HTTPException, WeightsError) as error:
                raise WeightsError(
                    f"{self.title} could not be downloaded from {self.address} "
                    f"({_reason(error)}). Download it by other means and name it with "
                    f"{self.option} PATH or put it into {cached.parent}"
                ) from error
        return cached

    def _download(self, path: Path) -> None:
        print(f"downloading {self.title} from {self.address} …", file=sys.stderr)
        deadline = time.monotonic() + _WHOLE_SECONDS
        with urllib.request.urlopen(self.address, timeout=_SILENCE_SECONDS) as response:
            self._receive(response, path, deadline)

    def _receive(self, response: http.client.HTTPResponse, path: Path, deadline: float) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            digest, received = hashlib.sha256(), 0
            expected = response.headers.get("Content-Length")
            with os.fdopen(descriptor, "wb") as file:
                while chunk := response.read(_CHUNK):
                    file.write(chunk)
                    digest.update(chunk)
                    received += len(chunk)
                    if time.monotonic() > deadline:
                        raise WeightsError(
                            f"the download was not complete after {_WHOLE_SECONDS} seconds"
                        )
            if expected is not None and received != int(expected):
                raise WeightsError(f"the download ended after {received} of {expected} bytes")
            if not digest.hexdigest().startswith(self.sha256):
                raise WeightsError(
                    f"it is another file: expected SHA-256 {self.sha256}…, received "
                    f"{digest.hexdigest()}"
                )
            Path(temporary).replace(path)
        finally:
            with contextlib.suppress(FileNotFoundError):
                Path(temporary).unlink()


def cache_folder() -> Path:
    """Return the folder of downloaded weights, which may not exist yet."""
    folder = os.environ.get(CACHE_VARIABLE)
    return Path(folder).expanduser() if folder else Path.home() / ".cache" / "deformable_gan"


def _reason(error: Exception) -> str:
    reason = error.reason if type(error) is urllib.error.URLError else error
    return " ".join(f"{reason}".split())[:200] or type(error).__name__
