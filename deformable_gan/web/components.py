"""The page's components that gradio has not got."""

from abc import ABCMeta
from pathlib import Path

import gradio as gr
from gradio.data_classes import ImageData

_SCRIPT = Path(__file__).with_name("joint_editor.js")
# Drawn into by the script; never changes, so that the page leaves what was drawn alone.
_TEMPLATE = '<svg class="joint-editor" role="group" aria-label="Pose: joints to drag"></svg>'


def joint_editor(label: str, elem_id: str) -> gr.HTML:
    """Return a skeleton over a picture whose joints can be dragged; see `joint_values`.

    They are dragged with mouse, finger or, when they have the focus, the arrow keys. What hangs on
    a joint comes along: the forearm on the elbow, the face on the nose; with Alt it stays. The
    event `released` says that a joint was let go.

    Args:
        label: its title.
        elem_id: the element's id in the page.
    """
    return gr.HTML(
        html_template=_TEMPLATE,
        js_on_load=_SCRIPT.read_text(encoding="utf-8"),
        apply_default_css=False,
        label=label,
        show_label=True,
        container=True,
        elem_id=elem_id,
        elem_classes="panel",
    )


class _NoInterfaceFile(type(gr.Image)):
    """Makes a component's class without the interface file that gradio writes beside its source."""

    def __new__(cls, name, bases, attributes):
        return ABCMeta.__new__(cls, name, bases, attributes)


class PhotoInput(gr.Image, metaclass=_NoInterfaceFile):
    """A place to drop a photograph, which gives the `Path` of the file as it was uploaded.

    gradio would read the file itself, and say only "Error" of one that it cannot read.
    """

    is_template = True  # in the browser it is its parent

    def preprocess(self, payload: ImageData | None) -> Path | None:
        """Return the uploaded file."""
        return Path(payload.path) if payload and payload.path else None


def photo_input(label: str, elem_id: str) -> PhotoInput:
    """Return a `PhotoInput`.

    Args:
        label: what is wanted.
        elem_id: the element's id in the page.
    """
    return PhotoInput(
        label=label,
        elem_id=elem_id,
        sources=["upload", "clipboard"],
        placeholder="Drop or paste it here, or click",
        height=150,
        interactive=True,
        buttons=[],
    )
