"""Components of the page that gradio lacks."""

from abc import ABCMeta
from pathlib import Path

import gradio as gr
from gradio.data_classes import ImageData

_SCRIPT = Path(__file__).with_name("joint_editor.js")
# The script draws into this element. Its template never changes, so gradio does not replace the
# drawing.
_TEMPLATE = '<svg class="joint-editor" role="group" aria-label="Pose: joints to drag"></svg>'


def joint_editor(label: str, elem_id: str) -> gr.HTML:
    """Return an editor that shows a pose as a skeleton over an image; see `joint_values`.

    Joints are dragged with the mouse or a finger; the arrow keys move the joint that has the focus.
    Dependent joints move along (the forearm with the elbow, the face with the nose) unless Alt
    is pressed. The event `released` is triggered when a joint or an arrow key is released.

    Args:
        label: the editor's title.
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
    """A metaclass for components, which does not write gradio's `.pyi` file beside the source."""

    def __new__(cls, name, bases, attributes):
        return ABCMeta.__new__(cls, name, bases, attributes)


class PhotoInput(gr.Image, metaclass=_NoInterfaceFile):
    """An input for a photograph, which returns the `Path` of the uploaded file.

    gradio's own input reads the file itself and reports only "Error" if it cannot read it.
    """

    is_template = True  # in the browser it works like its parent class

    def preprocess(self, payload: ImageData | None) -> Path | None:
        """Return the uploaded file."""
        return Path(payload.path) if payload and payload.path else None


def photo_input(label: str, elem_id: str) -> PhotoInput:
    """Return a `PhotoInput`.

    Args:
        label: the input's title.
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
