"""One person's images for a dataset."""

from dataclasses import dataclass

import numpy as np

from deformable_gan.dancers.body import Body, place_body
from deformable_gan.dancers.choreography import dance
from deformable_gan.dancers.dancer import Dancer
from deformable_gan.dancers.drawn_image import DrawnImage
from deformable_gan.dancers.filming import Filming
from deformable_gan.dancers.renderer import Renderer, Rendering
from deformable_gan.dancers.stretch import Stretch
from deformable_gan.data.dataset_folder import BACKGROUNDS, PERSON_MASKS, person_mask_name
from deformable_gan.data.dataset_writer import encode_image

#: Images per second of a dance: few enough that a person's images differ.
RATE = 1.6


@dataclass(frozen=True)
class Sitting:
    """A description of one person's images; any process draws the same bytes from it.

    Attributes:
        seed: the dataset's seed.
        number: the person's number.
        variety: one of `VARIETIES`.
        images: number of images.
        image_size: (height, width) in pixels.
        person_masks: whether person masks are requested.
        backgrounds: whether images of the place without the person are requested.
        stretch: recorded motion to dance, one time per image; None for an invented dance.
    """

    seed: int
    number: int
    variety: str
    images: int
    image_size: tuple[int, int]
    person_masks: bool = False
    backgrounds: bool = False
    stretch: Stretch | None = None

    def draw(self) -> list[DrawnImage]:
        """Return the person's images."""
        # Wide people resemble photographs and are stored as JPEG, like photographs.
        suffix = ".png" if self.variety == "plain" else ".jpg"
        drawn = []
        for index, rendering in enumerate(self._renderings()):
            name = f"dancer{self.number:04d}_{index:04d}{suffix}"
            supplements = {}
            if self.person_masks:
                mask = person_mask_name(name)
                supplements[PERSON_MASKS] = (mask, encode_image(mask, rendering.mask))
            if self.backgrounds:
                supplements[BACKGROUNDS] = (name, encode_image(name, rendering.background))  # type: ignore[arg-type]  # not None here
            data = encode_image(name, rendering.image)
            drawn.append(DrawnImage(name, rendering.keypoints, data, supplements))
        return drawn

    def _renderings(self) -> list[Rendering]:
        rng = np.random.default_rng([self.seed, self.number])
        dancer = Dancer.random(rng, self.variety)
        bodies = self._bodies(dancer, rng)
        if self.variety == "plain":
            renderer = Renderer(dancer, self.image_size)
            return [
                renderer.draw_body(body, rng=rng, background=self.backgrounds) for body in bodies
            ]
        filming = Filming.random(bodies, self.image_size, rng)
        renderer = Renderer(
            dancer, self.image_size, camera=filming.cameras[0], moving=not filming.still
        )
        return [
            renderer.draw_body(body, camera, rng, self.backgrounds)
            for body, camera in zip(filming.bodies, filming.cameras, strict=True)
        ]

    def _bodies(self, dancer: Dancer, rng: np.random.Generator) -> list[Body]:
        if self.stretch is not None:
            return self.stretch.bodies(dancer.build)
        return [place_body(dancer.build, pose) for pose in dance(rng, self.images, RATE)]
