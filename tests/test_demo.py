"""The command that serves the page; the tests of the page are in web/."""

import importlib.util
import logging.config
import socket
import urllib.request

import pytest

from deformable_gan import demo as command

needs_gradio = pytest.mark.skipif(
    importlib.util.find_spec("gradio") is None, reason="needs gradio: the extra `demo`"
)


def test_without_gradio(call_command, tiny_run, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    result = call_command(command.main, "--run", tiny_run.path)
    result.assert_one_error("gradio", "pip install 'deformable-gan[demo]'")


@needs_gradio
def test_no_such_run(call_command, tmp_path):
    call_command(command.main, "--run", tmp_path / "absent").assert_one_error(
        "is not a run directory"
    )


@needs_gradio
def test_a_model_of_an_unknown_layout(call_command, tiny_run, tmp_path):
    import shutil

    copy = shutil.copytree(tiny_run.path, tmp_path / "run")
    text = (copy / "config.json").read_text()
    (copy / "config.json").write_text(text.replace('"coco17"', '"body25"'))
    result = call_command(command.main, "--run", copy)
    result.assert_one_error("body25", "expected one of coco17, openpose18")


@needs_gradio
def test_a_port_that_is_taken(call_command, tiny_run):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = call_command(command.main, "--run", tiny_run.path, "--port", port)
    result.assert_one_error(f"port {port}", "choose another --host or --port")


@needs_gradio
def test_proxies_do_not_concern_it(call_command, tiny_run, monkeypatch):
    from gradio import Blocks

    # No proxy listens at these addresses, and one kind needs a package that is not installed.
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    seen = {}

    def visit(blocks):
        # The command has restored the variables, because downloads need them.
        seen["proxy"] = command.os.environ["HTTP_PROXY"], command.os.environ.get("NO_PROXY")
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(blocks.local_url) as answer:
            seen["page"] = answer.read().decode()

    monkeypatch.setattr(Blocks, "block_thread", visit)
    monkeypatch.setattr(logging.config, "_clearExistingHandlers", lambda: None)
    result = call_command(command.main, "--run", tiny_run.path)
    assert result.status == 0, result.err
    assert "A person in another pose" in seen["page"]
    assert seen["proxy"] == ("http://127.0.0.1:9", None)


@needs_gradio
@pytest.mark.parametrize("kind", ["run", "export", "boxed model"])
def test_it_serves_the_page(kind, call_command, tiny_run, tiny_export, tmp_path, monkeypatch):
    from gradio import Blocks

    seen = {}

    def visit(blocks):
        with urllib.request.urlopen(blocks.local_url) as answer:
            seen["page"] = answer.read().decode()
        seen["address"] = blocks.local_url

    monkeypatch.setattr(Blocks, "block_thread", visit)
    # The server configures logging anew. That would close absl's handler and its stream, which
    # belongs to pytest and was `sys.stderr` when absl was imported.
    monkeypatch.setattr(logging.config, "_clearExistingHandlers", lambda: None)
    options = {"run": ("--run", tiny_run.path), "export": ("--model", tiny_export[0])}
    monkeypatch.chdir(tmp_path)
    result = call_command(command.main, *options.get(kind, ()))
    assert result.status == 0
    assert f"{seen['address']} (Ctrl-C ends it)" in result.out
    assert seen["address"].startswith("http://127.0.0.1:")
    assert "A person in another pose" in seen["page"]
    assert ("128x72" if kind == "boxed model" else "64x36") in seen["page"]
    assert ("model: people" in result.out) == (kind == "boxed model")
    examples = "held-out images of dancers" if kind == "run" else "synthetic dancers"
    assert examples in seen["page"]
