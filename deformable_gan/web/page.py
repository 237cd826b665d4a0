"""The page: who on the left, the pose below it, and source, pose and result side by side."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import gradio as gr
import numpy as np

from deformable_gan.errors import DeformableGANError
from deformable_gan.reposing.pose_sequence import PoseSequence
from deformable_gan.reposing.posed_image import PosedImage
from deformable_gan.visualize import draw_skeleton
from deformable_gan.web.components import joint_editor, photo_input
from deformable_gan.web.examples import Examples, drawn_dance
from deformable_gan.web.joint_values import editor_value, keypoints_of
from deformable_gan.web.sentences import MOST_PROMINENT, sentence
from deformable_gan.web.standing_pose import standing_pose
from deformable_gan.web.studio import CLIP_SECONDS, CLIP_SUFFIXES, Answer, Studio

_STYLE = Path(__file__).with_name("page.css")
# Pictures and clips are made one after the other: each takes all cores there are.
_QUEUE = {"concurrency_limit": 1, "concurrency_id": "model", "api_visibility": "private"}
_PLEASE = (
    "Ask the people in your pictures. A picture of somebody doing what they did not do should say "
    "so. What you give stays on this computer and is forgotten when the page's program ends."
)


class Page:
    """What a visitor sees, and what happens when something is chosen, dragged or dropped.

    Args:
        studio: makes the pictures.
        examples: people and poses to begin with.
        about: the model, in a few words.
        folder: where results lie; a folder of its own for every visitor.

    Attributes:
        blocks: for gradio.
    """

    def __init__(self, studio: Studio, examples: Examples, about: str, folder: Path):
        self._studio = studio
        self._people = [studio.person(person) for person in examples.people]
        self._poses = [studio.pose(posed) for posed in examples.poses]
        self._folder = folder
        self._dance: PoseSequence | None = None
        with gr.Blocks(
            title="A person in another pose", analytics_enabled=False, delete_cache=(600, 3600)
        ) as self.blocks:
            # Who, a clip's poses while a clip is shown; the single pose is the editor's.
            self._person = gr.State()
            self._sequence = gr.State()
            gr.Markdown(
                f"# A person in another pose\n{about} Examples: {examples.origin}.",
                elem_id="heading",
            )
            with gr.Row(elem_id="page"):
                with gr.Column(scale=0, min_width=300, elem_id="choices"):
                    self._build_choices(examples)
                with gr.Column(scale=1, min_width=300, elem_id="results"):
                    self._build_results()
            gr.Markdown(_PLEASE, elem_id="please")
            self._wire()

    def launch(self, **options) -> None:
        """Serve the page and return; `blocks.block_thread` waits for its end.

        Args:
            **options: of `gradio.Blocks.launch`.
        """
        self.blocks.queue(max_size=32).launch(
            # Fonts of the visitor's system: the theme's own come from the network.
            theme=gr.themes.Base(
                primary_hue="blue",
                neutral_hue="slate",
                font=("system-ui", "sans-serif"),
                font_mono=("ui-monospace", "monospace"),
            ),
            css=_STYLE.read_text(encoding="utf-8"),
            footer_links=[],
            ssr_mode=False,
            quiet=True,
            prevent_thread_lock=True,
            **options,
        )

    def _build_choices(self, examples: Examples) -> None:
        gr.Markdown("## Who")
        self._photo = photo_input("A photograph of one person", "photo")
        self._people_shown = _gallery(
            [person.image for person in examples.people], "People", "people"
        )
        self._prominent = gr.Checkbox(label=MOST_PROMINENT, container=False, elem_id="prominent")
        gr.Markdown("## In which pose")
        with gr.Tabs(elem_id="pose-kinds"):
            with gr.Tab("By hand"):
                gr.Markdown("Drag the joints in the picture “Pose”. Begin with")
                with gr.Row(elem_classes="starts"):
                    self._own = gr.Button("Own pose", size="sm", min_width=80)
                    self._standing = gr.Button("Standing", size="sm", min_width=80)
                    self._pose_file = gr.UploadButton(
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
                self._poses_shown = _gallery(drawn, "Poses", "poses")
            with gr.Tab("By photo"):
                self._pose_photo = photo_input(
                    "A photograph of somebody in that pose", "pose-photo"
                )
            with gr.Tab("By clip"):
                self._clip_file = gr.File(
                    label=f"A clip; its first {CLIP_SECONDS:.0f} seconds are taken",
                    file_types=CLIP_SUFFIXES,
                    height=150,
                    elem_id="clip-file",
                )
                self._dance_button = gr.Button("An example: a drawn dancer's dance", size="sm")

    def _build_results(self) -> None:
        picture = {"interactive": False, "format": "png", "elem_classes": "panel"}
        with gr.Row(elem_id="stage") as self._stage:
            self._source = gr.Image(label="Source", elem_id="source", buttons=[], **picture)
            self._editor = joint_editor("Pose: drag the joints", elem_id="pose")
            self._result = gr.Image(
                label="Result", elem_id="result", buttons=["download", "fullscreen"], **picture
            )
        self._clip = gr.Video(
            label="Source, pose, result",
            visible=False,
            autoplay=True,
            loop=True,
            elem_id="clip",
            buttons=["download"],
        )
        self._files = gr.File(label="Download", interactive=False, elem_id="files")

    def _wire(self) -> None:
        shown = [self._person, self._sequence, self._source, self._editor, self._result]
        shown += [self._stage, self._clip, self._files]
        now = [self._person, self._sequence, self._editor]
        options = {"outputs": shown, "show_progress_on": self._result, **_QUEUE}
        self.blocks.load(self._begin, **options)
        self._photo.upload(
            self._take_photo,
            [self._photo, self._prominent, *now],
            **{**options, "show_progress_on": self._photo},
        )
        self._people_shown.select(self._take_person, [self._sequence, self._editor], **options)
        self._own.click(self._take_own_pose, [self._person], **options)
        self._standing.click(self._take_standing_pose, [self._person], **options)
        self._poses_shown.select(self._take_pose, [self._person], **options)
        self._pose_photo.upload(
            self._take_pose_photo,
            [self._pose_photo, self._prominent, self._person],
            **{**options, "show_progress_on": self._pose_photo},
        )
        self._pose_file.upload(self._take_clip, [self._pose_file, self._person], **options)
        on_clip = {**options, "show_progress_on": self._clip_file}
        self._clip_file.upload(self._take_clip, [self._clip_file, self._person], **on_clip)
        self._dance_button.click(self._take_dance, [self._person], **on_clip)
        # The joints stay as they are: somebody may be dragging the next one already.
        self._editor.released(
            self._take_joints,
            [self._person, self._editor],
            [self._result, self._files],
            trigger_mode="always_last",
            show_progress="hidden",
            **_QUEUE,
        )

    # What happens. Every function returns new values of components by component.

    def _begin(self, request: gr.Request) -> dict:
        return self._show(request, self._people[0], self._poses[0])

    def _take_photo(
        self,
        photo: Path | None,
        most_prominent: bool,
        person: PosedImage,
        sequence: PoseSequence | None,
        value: str | None,
        request: gr.Request,
        progress=gr.Progress(),  # noqa: B008 (gradio looks for it there)
    ) -> dict:
        with _sentences(photo):
            if photo is not None:
                person = self._studio.person(photo, most_prominent)
            return self._show_person(request, person, sequence, value, progress)

    def _take_person(
        self,
        sequence: PoseSequence | None,
        value: str | None,
        event: gr.SelectData,
        request: gr.Request,
        progress=gr.Progress(),  # noqa: B008
    ) -> dict:
        with _sentences():
            person = self._people[event.index]
            return self._show_person(request, person, sequence, value, progress)

    def _take_own_pose(self, person: PosedImage, request: gr.Request) -> dict:
        return self._show(request, person, person.keypoints)

    def _take_standing_pose(self, person: PosedImage, request: gr.Request) -> dict:
        pose = standing_pose(self._studio.skeleton, self._studio.image_size)
        return self._show(request, person, pose)

    def _take_pose(self, person: PosedImage, event: gr.SelectData, request: gr.Request) -> dict:
        return self._show(request, person, self._poses[event.index])

    def _take_pose_photo(
        self, photo: Path | None, most_prominent: bool, person: PosedImage, request: gr.Request
    ) -> dict:
        with _sentences(photo):
            if photo is None:
                return {}
            return self._show(request, person, self._studio.pose(photo, most_prominent))

    def _take_clip(
        self,
        file: str | None,
        person: PosedImage,
        request: gr.Request,
        progress=gr.Progress(),  # noqa: B008
    ) -> dict:
        path = Path(file) if file else None
        with _sentences(path):
            if path is None:
                return {}
            sequence = self._studio.poses(path, _teller(progress))
            if sequence.rate is None:
                pose = sequence.in_layout(self._studio.skeleton).keypoints[0]
                return self._show(request, person, pose)
            return self._show_clip(request, person, sequence, progress)

    def _take_dance(
        self,
        person: PosedImage,
        request: gr.Request,
        progress=gr.Progress(),  # noqa: B008
    ) -> dict:
        with _sentences():
            if self._dance is None:
                progress(0, desc="Drawing a dancer")
                self._dance = drawn_dance(self._studio.image_size)
            return self._show_clip(request, person, self._dance, progress)

    def _take_joints(self, person: PosedImage, value: str | None, request: gr.Request) -> dict:
        with _sentences():
            keypoints = keypoints_of(value, self._studio.skeleton, self._studio.image_size)
            if keypoints is None:
                return {}
            answer = self._studio.picture(person, keypoints, self._folder_of(request))
            return self._result_of(answer)

    # How it is shown.

    def _show_person(
        self,
        request: gr.Request,
        person: PosedImage,
        sequence: PoseSequence | None,
        value: str | None,
        progress: gr.Progress,
    ) -> dict:
        """Show somebody else in the pose or the clip that is there."""
        if sequence is not None:
            return self._show_clip(request, person, sequence, progress)
        keypoints = keypoints_of(value, self._studio.skeleton, self._studio.image_size)
        return self._show(request, person, person.keypoints if keypoints is None else keypoints)

    def _show(self, request: gr.Request, person: PosedImage, keypoints: np.ndarray) -> dict:
        """Show a person in a pose."""
        with _sentences():
            answer = self._studio.picture(person, keypoints, self._folder_of(request))
        return {
            **self._source_of(person, keypoints),
            **self._result_of(answer),
            self._sequence: None,
            self._stage: gr.Row(visible=True),
            self._clip: gr.Video(None, visible=False),
        }

    def _show_clip(
        self,
        request: gr.Request,
        person: PosedImage,
        sequence: PoseSequence,
        progress: gr.Progress,
    ) -> dict:
        """Show a person in the poses of a clip."""
        folder = self._folder_of(request)
        answer = self._studio.clip(person, sequence, folder, _teller(progress))
        first = sequence.in_layout(self._studio.skeleton).keypoints[0]
        return {
            **self._source_of(person, first),
            **self._result_of(answer),
            self._sequence: sequence,
            self._stage: gr.Row(visible=False),
            self._clip: gr.Video(answer.clip, visible=True),
        }

    def _source_of(self, person: PosedImage, keypoints: np.ndarray) -> dict:
        backdrop = self._studio.backdrop(person)
        skeleton, size = self._studio.skeleton, self._studio.image_size
        return {
            self._person: person,
            self._source: self._studio.source(person),
            self._editor: editor_value(keypoints, skeleton, backdrop, size),
        }

    def _result_of(self, answer: Answer) -> dict:
        return {self._result: answer.picture, self._files: [str(file) for file in answer.files]}

    def _folder_of(self, request: gr.Request) -> Path:
        folder = self._folder / str(request.session_hash)
        folder.mkdir(parents=True, exist_ok=True)
        return folder


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


def _teller(progress: gr.Progress):
    return lambda fraction, what: progress(min(fraction, 1.0), desc=what)


@contextlib.contextmanager
def _sentences(file: Path | None = None) -> Iterator[None]:
    """Turn what a visitor can mend into a sentence in the page."""
    try:
        yield
    except DeformableGANError as error:
        message = sentence(error, file)
        raise gr.Error(message, title="That did not work", print_exception=False) from error
