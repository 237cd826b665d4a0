"""Synthetic dancers: articulated people with exact joints, as a dataset without a download."""

from deformable_gan.data.dancers.choreography import dance
from deformable_gan.data.dancers.clips import write_clips
from deformable_gan.data.dancers.dancer import Dancer
from deformable_gan.data.dancers.dataset import default_workers, make_dancers
from deformable_gan.data.dancers.pose import Pose
from deformable_gan.data.dancers.renderer import Renderer, Rendering, render

__all__ = [
    "Dancer",
    "Pose",
    "Renderer",
    "Rendering",
    "dance",
    "default_workers",
    "make_dancers",
    "render",
    "write_clips",
]
