"""Train on a GPU or TPU with JAX: `KERAS_BACKEND=jax python recipes/train_on_jax.py --dataset DIR`.

    KERAS_BACKEND=jax python recipes/train_on_jax.py --dataset DIR [--dataset-weight X] …
        --steps N --output MODEL [--init-from MODEL] [--preset demo] [--set FIELD=VALUE …]

All images lie in the accelerator's memory, where pairs are also drawn and augmented, and XLA
compiles hundreds of steps into one call. TensorFlow is not needed. MODEL becomes a folder like
those of the package's own models: `--model MODEL` and `--init-from MODEL` accept it. The model is
written every `--save-every` steps (a multiple of `--steps-per-call`) and at the end. Its file
`metrics.jsonl` contains the loss terms.
"""

import argparse
import json
import os
import time
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")

import jax
import keras

from deformable_gan.boxed.boxed_model import BoxedModel
from deformable_gan.boxed.write_model import write_boxed_model
from deformable_gan.config import ExperimentConfig
from deformable_gan.config_fields import parse_field
from deformable_gan.data.dataset_mixture import DatasetMixture
from deformable_gan.errors import ConfigurationError, DeformableGANError
from deformable_gan.pose.skeleton import get_skeleton
from deformable_gan.presets import get_preset
from deformable_gan.training.jax_pairs import JaxPairs
from deformable_gan.training.jax_trainer import JaxTrainer


def read_pairs(mixture: DatasetMixture, config: ExperimentConfig) -> JaxPairs:
    """Return the datasets' training pairs, with joints in the configuration's layout."""
    layout = get_skeleton(config.skeleton)
    splits = [one.train.in_layout(one.skeleton, layout) for one in mixture.datasets.values()]
    return JaxPairs(splits, mixture.weights, config)


def make_config(arguments: argparse.Namespace, image_size: tuple[int, int]) -> ExperimentConfig:
    """Return the configuration that the options ask for."""
    config = get_preset(arguments.preset).config.scaled(arguments.width)
    changes = dict(parse_field(text) for text in arguments.set)
    steps = arguments.steps_per_call
    if arguments.steps % steps:
        raise ConfigurationError(
            f"--steps must be a multiple of --steps-per-call ({steps}), received {arguments.steps}"
        )
    return config.replace(
        image_size=image_size,
        training__epochs=arguments.steps // steps,
        training__steps_per_epoch=steps,
        **changes,
    )


def find_model(place: str) -> BoxedModel:
    """Return the model in a folder, or the model of this name in the package."""
    if model := BoxedModel.find(place):
        return model
    raise ConfigurationError(f"--init-from {place}: expected a model's folder, or people")


def train(arguments: argparse.Namespace) -> None:
    """Train and write the model."""
    mixture = DatasetMixture.open(arguments.dataset, arguments.dataset_weight)
    config = make_config(arguments, mixture.image_size)
    start = time.perf_counter()
    pairs = read_pairs(mixture, config)
    print(f"{len(pairs.arrays['images'])} images: {time.perf_counter() - start:.1f} s", flush=True)
    trainer = JaxTrainer(config, arguments.vgg19)
    networks = {"generator": trainer.generator, "discriminator": trainer.discriminator}
    done = 0
    if arguments.init_from:
        origin = find_model(arguments.init_from)
        for name, network in networks.items():
            origin.restore(name, network.weights)
        trainer.reset_state()
        done = origin.step
    arguments.output.mkdir(parents=True, exist_ok=True)
    log = arguments.output / "metrics.jsonl"
    log.write_text("", encoding="utf-8")

    def save(steps: int) -> None:
        trainer.synchronize()
        weights = {name: network.weights for name, network in networks.items()}
        write_boxed_model(arguments.output, config, done + steps, weights, "")

    key = jax.random.key(config.training.seed)
    per_call, begun = config.training.steps_per_epoch, time.perf_counter()
    for call in range(config.training.epochs):
        terms = trainer.run(pairs, jax.random.fold_in(key, call), per_call)
        values = {name: float(value) for name, value in terms.items()}
        steps, seconds = (call + 1) * per_call, time.perf_counter() - begun
        if call == 0:
            print(f"compilation and {per_call} steps: {seconds:.1f} s", flush=True)
            first = seconds
        with log.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps({"step": done + steps, "seconds": seconds, **values}) + "\n")
        rate = (steps - per_call) / (seconds - first) if call else float("nan")
        shown = ", ".join(f"{name} {value:.3f}" for name, value in values.items())
        print(f"{steps} of {arguments.steps}, {rate:.1f} steps/s: {shown}", flush=True)
        if steps % arguments.save_every == 0:
            save(steps)
    save(arguments.steps)
    print(f"model: {arguments.output} after {time.perf_counter() - start:.0f} s")


def main() -> None:
    """Parse the options and train."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", 1)[0])
    parser.add_argument("--dataset", action="append", required=True, metavar="DIR")
    parser.add_argument("--dataset-weight", action="append", type=float, metavar="X")
    parser.add_argument("--output", type=Path, required=True, metavar="MODEL")
    parser.add_argument("--steps", type=int, required=True, metavar="N")
    parser.add_argument("--steps-per-call", type=int, default=250, metavar="N")
    parser.add_argument("--save-every", type=int, default=2000, metavar="N")
    parser.add_argument("--init-from", metavar="MODEL", help="a folder, or a name such as people")
    parser.add_argument("--preset", default="demo")
    parser.add_argument("--width", type=float, default=1.0)
    parser.add_argument("--set", action="append", default=[], metavar="FIELD=VALUE")
    parser.add_argument("--vgg19", default="imagenet", help="as for `train`")
    parser.add_argument(
        "--matmul-precision",
        default="tensorfloat32",
        help="precision of float32 matrix products: highest, or tensorfloat32 (default)",
    )
    arguments = parser.parse_args()
    if keras.backend.backend() != "jax":
        parser.error("this recipe trains with JAX: set KERAS_BACKEND=jax")
    jax.config.update("jax_default_matmul_precision", arguments.matmul_precision)
    try:
        train(arguments)
    except DeformableGANError as error:
        parser.exit(1, f"error: {error}\n")


if __name__ == "__main__":
    main()
