import hashlib
import http.server
import socket
import threading
import time

import pytest

from deformable_gan.errors import WeightsError
from deformable_gan.pretrained import weights_file
from deformable_gan.pretrained.weights_file import WeightsFile, cache_folder

CONTENT = bytes(range(256)) * 10
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path):
    monkeypatch.setenv("DEFORMABLE_GAN_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def server():
    """Serve CONTENT under every name, but only a part of `cut.pth` and nothing for `absent.pth`."""

    class Handler(http.server.BaseHTTPRequestHandler):
        requests = 0

        def do_GET(self):
            Handler.requests += 1
            if "absent" in self.path:
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(CONTENT)))
            self.end_headers()
            self.wfile.write(CONTENT[: 100 if "cut" in self.path else None])

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        running.handler = Handler
        yield running
        running.shutdown()


def published(server, name="weights.pth", sha256=SHA256[:8]):
    address = f"http://127.0.0.1:{server.server_address[1]}/{name}"
    return WeightsFile("some weights", address, "--weights", sha256)


def test_fetched_once_and_kept(server, cache):
    file = published(server)
    assert file.find() == file.find() == cache / "weights.pth"
    assert server.handler.requests == 1
    assert file.find().read_bytes() == CONTENT
    assert [path.name for path in cache.iterdir()] == ["weights.pth"]


@pytest.mark.parametrize(
    ("name", "sha256", "reason"),
    [
        ("cut.pth", SHA256, "the download ended after"),
        ("absent.pth", "", "404"),
        ("weights.pth", "00000000", "it is another file: expected SHA-256 00000000"),
    ],
)
def test_nothing_is_left_of_what_is_not_whole(server, cache, name, sha256, reason):
    with pytest.raises(WeightsError) as caught:
        published(server, name, sha256).find()
    for part in (reason, "--weights PATH", str(cache), "some weights could not be downloaded"):
        assert part in str(caught.value)
    assert not cache.exists() or list(cache.iterdir()) == []


def test_silent_servers_are_given_up(monkeypatch, cache):
    monkeypatch.setattr(weights_file, "_SILENCE_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = f"http://127.0.0.1:{listening.getsockname()[1]}/weights.pth"
        start = time.monotonic()
        with pytest.raises(WeightsError, match="timed out"):
            WeightsFile("some weights", address, "--weights").find()
    assert time.monotonic() - start < 10


def test_local_copies(tmp_path):
    file = WeightsFile("some weights", "http://nowhere.invalid/weights.pth", "--weights")
    copy = tmp_path / "weights.pth"
    with pytest.raises(WeightsError, match=r"weights\.pth does not exist: --weights expects some"):
        file.find(tmp_path)
    copy.touch()
    assert file.find(copy) == file.find(tmp_path) == copy


def test_the_folder_of_downloads(monkeypatch, cache):
    assert cache_folder() == cache
    monkeypatch.delenv("DEFORMABLE_GAN_CACHE")
    monkeypatch.setenv("HOME", "/somewhere")
    assert str(cache_folder()) == "/somewhere/.cache/deformable_gan"
