"""The layout of the page: choices on the left; source, pose and result side by side."""

import gradio as gr
import numpy as np

from deformable_gan.visualize import draw_skeleton
from deformable_gan.web.components import joint_editor, photo_input
from deformable_gan.web.examples import Examples
from deformable_gan.web.sentences import MOST_PROMINENT
from deformable_gan.web.studio import CLIP_SECONDS, CLIP_SUFFIXES

_PLEASE = (
    "Ask the people in your images for permission. An image of people doing something they did not "
    "do should say so. Your files are stored only on the computer that serves this page, and "
    "are deleted when the program ends."
)


class Layout:
    """The components of the page, made within a `gradio.Blocks`.

    Args:
        examples: example people and poses.
        about: the model, in a few words.

    Attributes:
        photo: the input for a photograph of the person.
        people: the example people.
        most_prominent: the checkbox for using the most prominent of several people in a photograph.
        own, standing: the buttons that set the pose to the person's own or to a standing pose.
        poses: the example poses.
        pose_file: the input for a pose file.
        pose_photo: the input for a photograph of a pose.
        clip_file: the input for a clip of poses.
        dance: the button for the clip of a drawn dancer.
        stage: the row for images: `source`, `editor` and `result`.
        source: the image of the person with the joints.
        editor: the editor of the pose.
        result: the image of the person in the pose.
        clip: the resulting clip, shown instead of `stage`.
        files: the files to download.
    """

    def __init__(self, examples: Examples, about: str):
        gr.Markdown(
            f"# A person in another pose\n{about} Examples: {examples.origin}.",
            elem_id="heading",
        )
        with gr.Row(elem_id="page"):
            with gr.Column(scale=0, min_width=300, elem_id="choices"):
                self._build_who(examples)
                self._build_poses(examples)
            with gr.Column(scale=1, min_width=300, elem_id="results"):
                self._build_results()
        gr.Markdown(_PLEASE, elem_id="please")

    def _build_who(self, examples: Examples) -> None:
        gr.Markdown("## Who")
        self.photo = photo_input("A photograph of one person", "photo")
        self.people = _gallery([person.image for person in examples.people], "People", "people")
        self.most_prominent = gr.Checkbox(
            label=MOST_PROMINENT, container=False, elem_id="prominent"
        )

    def _build_poses(self, examples: Examples) -> None:
        gr.Markdown("## In which pose")
        with gr.Tabs(elem_id="pose-kinds"):
            with gr.Tab("By hand"):
                gr.Markdown("Drag the joints in the image “Pose”. Start from")
                with gr.Row(elem_classes="starts"):
                    self.own = gr.Button("Own pose", size="sm", min_width=80)
                    self.standing = gr.Button("Standing", size="sm", min_width=80)
                    self.pose_file = gr.UploadButton(
                        "Pose file …",
                        size="sm",
                        min_width=80,
                        file_types=[".json"],
                        elem_id="pose-file",
                    )
                drawn = [
                    draw_skeleton(posed.image, posed.keypoints, posed.skeleton, scale=2)
                    for posed in examples.poses
                ]
                self.poses = _gallery(drawn, "Poses", "poses")
            with gr.Tab("By photo"):
                self.pose_photo = photo_input("A photograph of a person in that pose", "pose-photo")
            with gr.Tab("By clip"):
                self.clip_file = gr.File(
                    label=f"A clip; its first {CLIP_SECONDS:.0f} seconds are used",
                    file_types=CLIP_SUFFIXES,
                    height=150,
                    elem_id="clip-file",
                )
                self.dance = gr.Button("An example: a drawn dancer's dance", size="sm")

    def _build_results(self) -> None:
        settings = {"interactive": False, "format": "png", "elem_classes": "panel"}
        with gr.Row(elem_id="stage") as self.stage:
            self.source = gr.Image(label="Source", elem_id="source", buttons=[], **settings)
            self.editor = joint_editor("Pose: drag the joints", elem_id="pose")
            self.result = gr.Image(
                label="Result", elem_id="result", buttons=["download", "fullscreen"], **settings
            )
        self.clip = gr.Video(
            label="Source, pose, result",
            visible=False,
            autoplay=True,
            loop=True,
            elem_id="clip",
            buttons=["download"],
        )
        self.files = gr.File(label="Download", interactive=False, elem_id="files")


def _gallery(images: list[np.ndarray], label: str, elem_id: str) -> gr.Gallery:
    return gr.Gallery(
        images,
        label=label,
        show_label=False,
        allow_preview=False,
        object_fit="cover",
        elem_id=elem_id,
        elem_classes="thumbnails",
        interactive=False,
        buttons=[],
    )
