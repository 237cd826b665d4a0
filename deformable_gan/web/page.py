"""The page, and its reactions to choices, drags and uploads."""

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import gradio as gr
import numpy as np

from deformable_gan.errors import DeformableGANError
from deformable_gan.reposing.drawn_examples import drawn_dance
from deformable_gan.reposing.pose_sequence import PoseSequence
from deformable_gan.reposing.posed_image import PosedImage
from deformable_gan.web.examples import Examples
from deformable_gan.web.joint_values import editor_value, keypoints_of
from deformable_gan.web.layout import Layout
from deformable_gan.web.sentences import sentence
from deformable_gan.web.standing_pose import standing_pose
from deformable_gan.web.studio import Answer, Studio

_STYLE = Path(__file__).with_name("page.css")
# Images and clips are generated one after the other, since each uses all cores.
_QUEUE = {"concurrency_limit": 1, "concurrency_id": "model", "api_visibility": "private"}


class Page:
    """The page that visitors see, and its reactions to choices, drags and uploads.

    Args:
        studio: generates the images.
        examples: example people and poses.
        about: the model, in a few words.
        folder: the folder for results. Every visitor has a subfolder, which is removed when they
            leave.

    Attributes:
        blocks: the page as gradio's blocks.
    """

    def __init__(self, studio: Studio, examples: Examples, about: str, folder: Path):
        self._studio = studio
        self._people = [studio.person(person) for person in examples.people]
        self._poses = [studio.pose(posed) for posed in examples.poses]
        self._folder = folder
        self._dance: PoseSequence | None = None
        with gr.Blocks(title="A person in another pose", analytics_enabled=False) as self.blocks:
            # The person, and the poses of the clip that is shown; the editor holds a single pose.
            self._person = gr.State()
            self._sequence = gr.State()
            self._shown = Layout(examples, about)
            self._wire()

    def launch(self, **options) -> None:
        """Serve the page and return; `blocks.block_thread` waits until the server ends.

        Args:
            **options: the options of `gradio.Blocks.launch`.
        """
        self.blocks.queue(max_size=32).launch(
            # The fonts are the visitor's own, since the theme's fonts come from the network.
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

    def _wire(self) -> None:
        shown = self._shown
        outputs = [self._person, self._sequence, shown.stage, shown.source, shown.editor]
        outputs += [shown.result, shown.clip, shown.files]
        # A choice that another one has replaced must not look selected.
        outputs += [shown.photo, shown.people, shown.poses]

        def options(waiting) -> dict:
            return {"outputs": outputs, "show_progress_on": waiting, **_QUEUE}

        now = [self._sequence, shown.editor]
        quick = options(shown.result)
        self.blocks.load(self._begin, **quick)
        self.blocks.unload(self._forget)
        photo = [shown.photo, shown.most_prominent, *now]
        for event in (shown.photo.upload, shown.most_prominent.input):
            event(self._take_photo, photo, **options(shown.photo))
        shown.people.select(self._take_person, now, **quick)
        shown.own.click(self._take_own_pose, [self._person], **quick)
        shown.standing.click(self._take_standing_pose, [self._person], **quick)
        shown.poses.select(self._take_pose, [self._person], **quick)
        shown.pose_photo.upload(
            self._take_pose_photo,
            [shown.pose_photo, shown.most_prominent, self._person],
            **options(shown.pose_photo),
        )
        shown.pose_file.upload(self._take_clip, [shown.pose_file, self._person], **quick)
        slow = options(shown.clip_file)
        shown.clip_file.upload(self._take_clip, [shown.clip_file, self._person], **slow)
        shown.dance.click(self._take_dance, [self._person], **slow)
        # The joints are not updated, since the visitor may be dragging the next one already.
        shown.editor.released(
            self._take_joints,
            [self._person, shown.editor],
            [shown.result, shown.files],
            trigger_mode="always_last",
            show_progress="hidden",
            **_QUEUE,
        )

    # Reactions to events. Every function returns a dictionary from components to their new values.

    def _begin(self, request: gr.Request) -> dict:
        return self._show(request, self._people[0], self._poses[0])

    def _take_photo(
        self,
        photo: Path | None,
        most_prominent: bool,
        sequence: PoseSequence | None,
        value: str | None,
        request: gr.Request,
        progress=gr.Progress(),  # noqa: B008 (gradio looks for it there)
    ) -> dict:
        with _sentences(photo):
            if photo is None:
                return gr.skip()
            person = self._studio.person(photo, most_prominent)
            shown = self._show_person(request, person, sequence, value, progress)
        return {**shown, self._shown.people: gr.Gallery(selected_index=None)}

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
            shown = self._show_person(request, person, sequence, value, progress)
        return {**shown, self._shown.photo: None}

    def _take_own_pose(self, person: PosedImage, request: gr.Request) -> dict:
        return self._show_pose(request, person, person.keypoints)

    def _take_standing_pose(self, person: PosedImage, request: gr.Request) -> dict:
        pose = standing_pose(self._studio.skeleton, self._studio.image_size)
        return self._show_pose(request, person, pose)

    def _take_pose(self, person: PosedImage, event: gr.SelectData, request: gr.Request) -> dict:
        return self._show(request, person, self._poses[event.index])

    def _take_pose_photo(
        self, photo: Path | None, most_prominent: bool, person: PosedImage, request: gr.Request
    ) -> dict:
        with _sentences(photo):
            if photo is None:
                return gr.skip()
            return self._show_pose(request, person, self._studio.pose(photo, most_prominent))

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
                return gr.skip()
            sequence = self._studio.poses(path, _teller(progress))
            if sequence.rate is None:
                pose = sequence.in_layout(self._studio.skeleton).keypoints[0]
                return self._show_pose(request, person, pose)
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
                self._dance = drawn_dance(self._studio.image_size).poses
            return self._show_clip(request, person, self._dance, progress)

    def _take_joints(self, person: PosedImage, value: str | None, request: gr.Request) -> dict:
        with _sentences():
            keypoints = keypoints_of(value, self._studio.skeleton, self._studio.image_size)
            if keypoints is None:
                return gr.skip()
            with self._new_folder(request) as folder:
                answer = self._studio.image(person, keypoints, folder)
            return self._result_of(answer)

    # New values of components.

    def _show_person(
        self,
        request: gr.Request,
        person: PosedImage,
        sequence: PoseSequence | None,
        value: str | None,
        progress: gr.Progress,
    ) -> dict:
        """Show another person in the current pose or clip, or else in the person's own pose."""
        if sequence is not None:
            return self._show_clip(request, person, sequence, progress)
        keypoints = keypoints_of(value, self._studio.skeleton, self._studio.image_size)
        return self._show(request, person, person.keypoints if keypoints is None else keypoints)

    def _show(self, request: gr.Request, person: PosedImage, keypoints: np.ndarray) -> dict:
        """Show a person in a pose."""
        with _sentences(), self._new_folder(request) as folder:
            answer = self._studio.image(person, keypoints, folder)
        return {
            **self._source_of(person, keypoints),
            **self._result_of(answer),
            self._sequence: None,
            self._shown.stage: gr.Row(visible=True),
            self._shown.clip: gr.Video(None, visible=False),
        }

    def _show_pose(self, request: gr.Request, person: PosedImage, keypoints: np.ndarray) -> dict:
        """Show a person in a pose that is not an example."""
        shown = self._show(request, person, keypoints)
        return {**shown, self._shown.poses: gr.Gallery(selected_index=None)}

    def _show_clip(
        self,
        request: gr.Request,
        person: PosedImage,
        sequence: PoseSequence,
        progress: gr.Progress,
    ) -> dict:
        """Show a person in the poses of a clip."""
        with self._new_folder(request) as folder:
            answer = self._studio.clip(person, sequence, folder, _teller(progress))
        first = sequence.in_layout(self._studio.skeleton).keypoints[0]
        return {
            **self._source_of(person, first),
            **self._result_of(answer),
            self._sequence: sequence,
            self._shown.stage: gr.Row(visible=False),
            self._shown.clip: gr.Video(str(answer.clip), visible=True),
            self._shown.poses: gr.Gallery(selected_index=None),
        }

    def _source_of(self, person: PosedImage, keypoints: np.ndarray) -> dict:
        backdrop = self._studio.backdrop(person)
        skeleton, size = self._studio.skeleton, self._studio.image_size
        return {
            self._person: person,
            self._shown.source: self._studio.source(person),
            self._shown.editor: editor_value(keypoints, skeleton, backdrop, size),
        }

    def _result_of(self, answer: Answer) -> dict:
        return {
            self._shown.result: answer.image and str(answer.image),
            self._shown.files: [str(file) for file in answer.files],
        }

    @contextlib.contextmanager
    def _new_folder(self, request: gr.Request) -> Iterator[Path]:
        """Yield a new folder for a result; remove the previous folder when the result is complete.

        Every folder has a name of its own, since browsers cache files by their names.
        """
        own = self._folder_of(request)
        own.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=own))
        try:
            yield folder
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        for other in own.iterdir():
            if other != folder:
                shutil.rmtree(other, ignore_errors=True)

    def _forget(self, request: gr.Request) -> None:
        shutil.rmtree(self._folder_of(request), ignore_errors=True)

    def _folder_of(self, request: gr.Request) -> Path:
        return self._folder / str(request.session_hash)


def _teller(progress: gr.Progress):
    return lambda fraction, what: progress(min(fraction, 1.0), desc=what)


@contextlib.contextmanager
def _sentences(file: Path | None = None) -> Iterator[None]:
    """Turn the package's errors into messages that the page shows to the visitor."""
    try:
        yield
    except DeformableGANError as error:
        message = sentence(error, file)
        raise gr.Error(message, title="That did not work", print_exception=False) from error
