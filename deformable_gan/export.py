"""`python -m deformable_gan.export --run DIR --output DIR`: a SavedModel of a trained generator."""

import argparse
import sys
from pathlib import Path

from deformable_gan.cli import import_tensorflow, run_verb


def main(argv: list[str] | None = None) -> int:
    """Run the verb; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m deformable_gan.export",
        description="Write a run's generator as a SavedModel with named inputs (source_image, "
        "source_keypoints, target_keypoints; any batch size) that TensorFlow runs without this "
        "package. The export is reloaded and compared with the model before it is done.",
    )
    parser.add_argument("--run", type=Path, required=True, metavar="DIR", help="a run directory")
    parser.add_argument(
        "--output", type=Path, required=True, metavar="DIR", help="the SavedModel's folder to make"
    )
    arguments = parser.parse_args(argv)

    import_tensorflow()
    from deformable_gan.exporting.saved_model import export_saved_model
    from deformable_gan.models.from_config import build_generator
    from deformable_gan.pose.skeleton import get_skeleton
    from deformable_gan.training.run_directory import RunDirectory

    run = RunDirectory(arguments.run)
    config = run.read_config()
    generator = build_generator(config)
    step = run.checkpoints.restore_generator(generator)
    generator.warp_method = "sparse"
    difference = export_saved_model(generator, get_skeleton(config.skeleton), arguments.output)
    print(
        f"{arguments.output}: generator of {arguments.run} after {step} steps; reloaded, it "
        f"differs from the model by at most {difference:.1e}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(run_verb(main))
