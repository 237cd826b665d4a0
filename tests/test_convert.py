"""`convert` with files of the original implementation, and `repose` with the converted runs."""

import subprocess
import sys

import numpy as np
import pytest

from deformable_gan.cli import run_command
from deformable_gan.convert import main
from deformable_gan.models.from_config import build_generator
from deformable_gan.models.original_weights import OriginalWeights
from deformable_gan.pose.skeleton import get_skeleton
from deformable_gan.reposing.pose_sequence import PoseSequence
from deformable_gan.reposing.posed_image import PosedImage
from deformable_gan.reposing.reposer import Reposer


def test_repose_loads_every_converted_checkpoint(reference_network, tmp_path, capsys):
    tag, skip = reference_network.tag, reference_network.skip
    files = [
        str(reference_network.checkpoint(network)) for network in ("generator", "discriminator")
    ]
    options = ["--skip", "full"] if tag == "market_full" else []
    assert main([*files, "--output", str(tmp_path / "run"), *options]) == 0
    printed = capsys.readouterr().out
    size = "256x256" if tag.startswith("fashion") else "128x64"
    kind = reference_network.discriminator
    filters = ", ".join(str(count // reference_network.divisor) for count in (64, 128, 256))
    assert (
        f"run: {size}, openpose18, skip {skip}, discriminator {kind}, filters ({filters}" in printed
    )
    assert ("the shapes do not show it" in printed) == (skip != "none")

    reposer = Reposer.load(tmp_path / "run")
    rng = np.random.default_rng(0)
    height, width = reposer.image_size
    image = rng.integers(0, 256, (height, width, 3), np.uint8)
    poses = (rng.random((4, 18, 3)) * (height, width, 1)).astype(np.float32)
    skeleton = get_skeleton("openpose18")
    images = reposer.repose(
        PosedImage(image, poses[0], skeleton), PoseSequence(poses[1:], skeleton)
    )
    assert images.shape == (3, height, width, 3)

    generator = build_generator(_config(tmp_path / "run"))
    OriginalWeights.read(files[0]).assign_to(generator)
    expected = generator(
        {
            "source_image": np.repeat(image[None], 3, axis=0) / np.float32(127.5) - 1,
            "source_keypoints": np.repeat(poses[:1], 3, axis=0),
            "target_keypoints": poses[1:],
        }
    )
    difference = np.abs(images - (np.asarray(expected) + 1) * 127.5)
    # Images are rounded to whole grey levels. At a few positions, the nearest-neighbour warps of
    # the two computations may take different pixels.
    assert np.quantile(difference, 0.999) <= 0.51


def _config(run):
    from deformable_gan.training.run_directory import RunDirectory

    return RunDirectory(run).read_config()


def test_size_and_aggregation(reference_folder, tmp_path, capsys):
    file = str(reference_folder / "market_none_generator.h5")
    arguments = [file, "--output", str(tmp_path / "run"), "--image-size", "96x48"]
    assert main([*arguments, "--aggregation", "avg"]) == 0
    assert "note: no discriminator was given" in capsys.readouterr().out
    config = _config(tmp_path / "run")
    assert (config.image_size, config.generator.aggregation) == ((96, 48), "avg")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere.h5"], "checkpoint nowhere.h5 is not a file"),
        (["GENERATOR", "--image-size", "8x8"], "image_size must be at least 32x32"),
        (["DISCRIMINATOR"], "expected one generator and at most one discriminator"),
        (["TEXT"], "is not a Keras 2 .h5 checkpoint"),
    ],
)
def test_misuse_is_one_line(reference_folder, arguments, message, tmp_path, capsys):
    text = tmp_path / "text.h5"
    text.write_text("not a checkpoint")
    files = {
        "GENERATOR": reference_folder / "market_mask_generator.h5",
        "DISCRIMINATOR": reference_folder / "market_mask_discriminator.h5",
        "TEXT": text,
    }
    arguments = [str(files.get(argument, argument)) for argument in arguments]
    output = tmp_path / "run"
    assert run_command(main, [*arguments, "--output", str(output)]) == 1
    captured = capsys.readouterr()
    assert captured.err.startswith("error: ")
    assert message in captured.err
    assert captured.err.count("\n") == 1
    assert not output.exists()


def test_an_output_that_is_taken_is_left_alone(reference_folder, tmp_path, capsys):
    (tmp_path / "mine.txt").write_text("precious")
    file = reference_folder / "market_none_generator.h5"
    assert run_command(main, [str(file), "--output", str(tmp_path)]) == 1
    assert "is not empty" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_help_is_quick_and_light():
    code = (
        "import sys\n"
        "from deformable_gan.convert import main\n"
        "try:\n"
        "    main(['--help'])\n"
        "except SystemExit as end:\n"
        "    status = end.code\n"
        "heavy = {'tensorflow', 'keras', 'h5py'} & set(sys.modules)\n"
        "sys.exit(f'imported {heavy}' if heavy else status)\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert result.returncode == 0, result.stderr
    assert "ORIGINAL.h5" in result.stdout
