"""What the page looks like: choices on the left; source, pose and result side by side."""

import gradio as gr
import numpy as np

from deformable_gan.visualize import draw_skeleton
from deformable_gan.web.components import joint_editor, photo_input
from deformable_gan.web.examples import Examples
from deformable_gan.web.sentences import MOST_PROMINENT
from deformable_gan.web.studio import CLIP_SECONDS, CLIP_SUFFIXES

_PLEASE = (
    "Ask the people in your pictures. A picture of somebody doing what they did not do should say "
    "so. What you give is kept until the page's program ends, and nowhere else."
)


class Layout:
    """The components of the page, made within a `gradio.Blocks`.

    Args:
        examples: people and poses to begin with.
        about: the model, in a few words.

    Attributes:
        photo: a photograph of who.
        people: examples of who.
        most_prominent: whether to choose among several people in a photograph.
        own, standing: buttons for poses to begin with.
        poses: examples of poses.
        pose_file: a pose file.
        pose_photo: a photograph of a pose.
        clip_file: a clip of poses.
        dance: a button for a drawn dancer's.
        stage: what is shown of a picture: `source`, `editor` and `result`.
        source: the person with the joints.
        editor: the pose.
        result: the person in the pose.
        clip: what is shown in the place of `stage` of a clip.
        files: to be downloaded.
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
                gr.Markdown("Drag the joints in the picture “Pose”. Begin with")
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
                self.pose_photo = photo_input("A photograph of somebody in that pose", "pose-photo")
            with gr.Tab("By clip"):
                self.clip_file = gr.File(
                    label=f"A clip; its first {CLIP_SECONDS:.0f} seconds are taken",
                    file_types=CLIP_SUFFIXES,
                    height=150,
                    elem_id="clip-file",
                )
                self.dance = gr.Button("An example: a drawn dancer's dance", size="sm")

    def _build_results(self) -> None:
        picture = {"interactive": False, "format": "png", "elem_classes": "panel"}
        with gr.Row(elem_id="stage") as self.stage:
            self.source = gr.Image(label="Source", elem_id="source", buttons=[], **picture)
            self.editor = joint_editor("Pose: drag the joints", elem_id="pose")
            self.result = gr.Image(
                label="Result", elem_id="result", buttons=["download", "fullscreen"], **picture
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
