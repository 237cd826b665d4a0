"""Make files like those in this folder: `python tests/older/make.py FOLDER`.

Run it with the release whose files are to be kept. README.md names the release that was used.
"""

import json
import shutil
import sys
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.append(str(Path(__file__).resolve().parents[1] / "stand_ins"))

#: The files of a run that no command reads again.
_FOR_PEOPLE = ("tensorboard", "grids", "curves.png", "log.txt", ".lock")


def main(folder: Path) -> None:
    """Make a dataset, a run of two steps, its exports, and numbers from it and from `people`."""
    from tiny_experiment import tiny_experiment

    from deformable_gan import dancers, export
    from deformable_gan.cli import import_tensorflow

    import_tensorflow()
    from deformable_gan.data.dataset_folder import DatasetFolder
    from deformable_gan.models.generator import Generator
    from deformable_gan.trained_model import TrainedModel
    from deformable_gan.training.run_directory import RunDirectory
    from deformable_gan.training.session import train

    folder.mkdir(parents=True)
    few = "--train-people 2 --test-people 1 --images-per-person 3 --image-size 64x36"
    dancers.main(["--output", str(folder / "dataset"), *few.split(), "--backgrounds", "--masks"])
    dataset = DatasetFolder(folder / "dataset")
    run = folder / "run"
    config = tiny_experiment(generator__background=True, generator__composite=True)
    train(config, dataset, RunDirectory(run), vgg19="random", jit_compile=False)
    export.main(["--run", str(run), "--output", str(folder / "export"), "--format", "keras"])
    graph = folder / "savedmodel"
    options = ["--format", "savedmodel", "--without-movenet"]
    export.main(["--run", str(run), "--output", str(graph), *options])
    shutil.make_archive(str(graph), "zip", graph)
    shutil.rmtree(graph)
    generator = TrainedModel.load(run).generator
    people = Generator.from_preset("people")
    people.warp_method = "sparse"
    numbers = {
        "images": {name: len(getattr(dataset, name).names) for name in ("train", "test")},
        "pairs": {name: len(getattr(dataset, name).pairs) for name in ("train", "test")},
        "steps": 2,
        "generated": generated(generator, pair_of(dataset.test), (8, 9)),
        "composed": composed(generator, pair_of(dataset.test), (8, 9)),
        "people": generated(people, random_inputs(people), (16, 12)),
    }
    for name in _FOR_PEOPLE:
        shutil.rmtree(run / name) if (run / name).is_dir() else (run / name).unlink(missing_ok=True)
    (folder / "numbers.json").write_text(json.dumps(numbers) + "\n")


def pair_of(split) -> dict[str, np.ndarray]:
    """Return a generator's inputs for the first pair of a split."""
    source, target = split.pairs[0]
    return {
        "source_image": read_image(split.image_path(source))[None],
        "source_keypoints": split.keypoints[source][None],
        "target_keypoints": split.keypoints[target][None],
        "background": read_image(split.backgrounds.image_path(target))[None],
    }


def random_inputs(generator) -> dict[str, np.ndarray]:
    """Return random images and poses at the generator's size, the same in every call."""
    rng = np.random.default_rng(0)
    inputs = {}
    for name, shape in generator.input_shapes().items():
        if "keypoints" in name:
            joints = rng.random((1, *shape[1:])) * (*generator.image_size, 1)
            inputs[name] = joints.astype(np.float32)
        else:
            inputs[name] = rng.integers(0, 256, (1, *shape[1:]), np.uint8)
    return inputs


def generated(generator, inputs: dict[str, np.ndarray], every: tuple[int, int]) -> list:
    """Return some rows and columns of a generated image in [-1, 1], to six digits."""
    image = np.asarray(generator(as_floats(inputs), training=False))[0]
    return rounded(image[:: every[0], :: every[1]])


def composed(generator, inputs: dict[str, np.ndarray], every: tuple[int, int]) -> dict[str, list]:
    """Return rows and columns of the parts of a composed image, and all its transforms."""
    parts = {
        name: np.asarray(part)[0] for name, part in generator.compose(as_floats(inputs)).items()
    }
    taken = {name: parts[name][:: every[0], :: every[1]] for name in ("weights", "drawn")}
    return {
        name: rounded(part) for name, part in {**taken, "transforms": parts["transforms"]}.items()
    }


def as_floats(inputs: dict[str, np.ndarray]) -> dict:
    """Return the inputs as tensors, images in [-1, 1]."""
    import tensorflow as tf

    from deformable_gan.models.pixels import images_to_floats

    return images_to_floats({name: tf.constant(value) for name, value in inputs.items()})


def rounded(values: np.ndarray) -> list:
    """Return numbers to six digits, for JSON."""
    return np.round(np.asarray(values, np.float64), 6).tolist()


def read_image(path: Path) -> np.ndarray:
    """Return an image file, uint8 [H, W, 3]."""
    return np.asarray(Image.open(path).convert("RGB"))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
