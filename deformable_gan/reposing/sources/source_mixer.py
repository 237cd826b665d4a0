"""Mixing images of a person from the best photographs for each pose, steadily over time."""

from collections.abc import Callable, Iterator

import cv2
import numpy as np

from deformable_gan.pose.person_crop import PersonCrop
from deformable_gan.reposing.pose_sequence import PoseSequence
from deformable_gan.reposing.posed_image import PosedImage
from deformable_gan.reposing.repose_options import MIX
from deformable_gan.reposing.sources.mixed_images import agreeing_shares
from deformable_gan.reposing.sources.placed_sources import placed_sources
from deformable_gan.reposing.sources.source_costs import source_costs
from deformable_gan.reposing.sources.steady_choice import choose_steadily, cross_fade

# A source that costs this much more than the best one has 1/e of its weight.
_SOFTNESS = 0.2
# Sources with a smaller share are left out, because they take as much time as sources with a large
# share.
_LEAST_SHARE = 0.04
# The cost of one change of the source. Its unit is that of `source_costs` times seconds.
_CHANGE = 0.05
# Duration of the fade from one source to the next, in seconds.
_FADE = 0.4


class SourceMixer:
    """A mixer of the images that are made from a person's photographs.

    Args:
        person: with other photographs in `more`. The costs of its own photograph are lowered by its
            `lead`.
        poses: in pixels of the person's image.
        how: `mix` weights the photographs by their `source_costs` for each pose, and at each pixel
            by their agreement (`agreeing_shares`). The mixture changes as steadily as the poses.
            `choose` uses one photograph for a while (`choose_steadily`) and then fades to the next.

    Attributes:
        people: the photographs moved to one place, see `placed_sources`.
        shares: float32 [T, K], the share of each photograph for each pose, the person's own first.
    """

    def __init__(self, person: PosedImage, poses: PoseSequence, how: str = MIX):
        self.people = placed_sources(person)
        self._poses, self._how = poses, how
        sources = np.stack([one.keypoints for one in self.people])
        costs = source_costs(poses.keypoints, sources, person.skeleton)
        costs[:, 0] -= person.lead
        self.shares = mixing_shares(costs) if how == MIX else chosen_shares(costs, poses.rate)

    def images(
        self, generate: Callable[[PosedImage, np.ndarray], Iterator[np.ndarray]]
    ) -> Iterator[np.ndarray]:
        """Yield the images one by one.

        Args:
            generate: returns the images of a person, without `more`, in poses [N, J, 3].

        Yields:
            uint8 [H, W, 3] of the size that `generate` makes.
        """
        streams = [
            generate(one, self._poses.keypoints[share > 0]) if share.any() else iter(())
            for one, share in zip(self.people, self.shares.T, strict=True)
        ]
        for weights in self.shares:
            used = np.flatnonzero(weights)
            images = [next(streams[source]) for source in used]
            yield images[0] if len(used) == 1 else self._mixed(images, weights[used])

    def _mixed(self, images: list[np.ndarray], weights: np.ndarray) -> np.ndarray:
        mixture = np.zeros(images[0].shape, np.float32)
        for image, share in zip(images, self._shares_of_pixels(images, weights), strict=True):
            mixture += image * share
        return np.round(mixture).clip(0, 255).astype(np.uint8)

    def _shares_of_pixels(self, images, weights) -> list[np.ndarray]:
        """Return the share of each image at each pixel, [H, W, 1] or [1, 1, 1]."""
        if self._how != MIX:
            return list(weights[:, None, None, None])
        first = self.people[0]
        size = images[0].shape[:2]
        crop = PersonCrop.whole(size)
        if first.photograph is not None and size == first.photograph.shape[:2]:
            crop = first.crop
        small = [_seen(image, crop, first.image.shape[:2]) for image in images]
        shares = agreeing_shares(np.stack(small), weights)
        return [_resampled(share, crop, size)[..., None] for share in shares]


def mixing_shares(costs: np.ndarray) -> np.ndarray:
    """Return the share of each source in each frame, which depends only on the costs in that frame.

    Args:
        costs: float [T, K].

    Returns:
        float32 [T, K]; the shares of each frame sum to 1, and all but the greatest are 0 or at
        least 0.04.
    """
    shares = np.exp((costs.min(axis=1, keepdims=True) - costs) / _SOFTNESS)
    shares /= shares.sum(axis=1, keepdims=True)
    # The largest share stays, however small it is, for example with very many equal sources.
    shares[(shares < _LEAST_SHARE) & (shares < shares.max(axis=1, keepdims=True))] = 0
    return (shares / shares.sum(axis=1, keepdims=True)).astype(np.float32)


def chosen_shares(costs: np.ndarray, rate: float | None) -> np.ndarray:
    """Return the shares when one source is used at a time, with fades.

    Args:
        costs: float [T, K].
        rate: frames per second; None for poses that do not follow one another.

    Returns:
        float32 [T, K]; the shares of each frame sum to 1.
    """
    if rate is None:
        return cross_fade(costs.argmin(axis=1), costs.shape[1], 1)
    path = choose_steadily(costs / rate, _CHANGE)
    return cross_fade(path, costs.shape[1], round(_FADE * rate))


def _seen(image: np.ndarray, crop: PersonCrop, size: tuple[int, int]) -> np.ndarray:
    """Return the crop of an image at the network's size."""
    if image.shape[:2] == size:
        return image
    return PersonCrop(crop.top, crop.left, crop.height, crop.width, size).apply(image)


def _resampled(share: np.ndarray, crop: PersonCrop, size: tuple[int, int]) -> np.ndarray:
    """Return a map of the crop resampled to a whole image; its border continues outside."""
    if share.shape == size:
        return share
    scale_y, scale_x = share.shape[0] / crop.height, share.shape[1] / crop.width
    to_map = np.array(
        [
            [scale_x, 0, -crop.left * scale_x - 0.5],
            [0, scale_y, -crop.top * scale_y - 0.5],
        ]
    )
    return cv2.warpAffine(
        share,
        to_map,
        size[::-1],
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
