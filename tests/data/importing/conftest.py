"""Small folders in the layouts of the real datasets, with images of dancers."""

import itertools
import json
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from deformable_gan.dancers import Dancer, Renderer, dance
from deformable_gan.pose.skeleton import COCO17, OPENPOSE18, convert_keypoints


@pytest.fixture(scope="session")
def dancers():
    """A function that returns images of one dancer and joints in the original's layout.

    Joints are whole numbers as in the original's files, int [count, 18, 2] of (y, x), -1 for
    missing ones.
    """

    def draw(image_size, seed, count):
        rng = np.random.default_rng(seed)
        renderer = Renderer(Dancer.random(rng), image_size)
        images, joints = [], []
        for pose in dance(rng, count, 1.6):
            rendering = renderer.draw(pose, rng=rng)
            keypoints = convert_keypoints(rendering.keypoints, COCO17, OPENPOSE18)
            inside = (keypoints[:, :2] >= 0).all(1) & (keypoints[:, :2] < image_size).all(1)
            seen = inside & (keypoints[:, 2] > 0)
            images.append(rendering.image)
            joints.append(np.where(seen[:, None], keypoints[:, :2].astype(int), -1))
        return images, np.array(joints)

    return draw


def original_text(annotations, header="name: keypoints_y: keypoints_x"):
    """Return an annotation file as the original's Python 2 script prints it."""
    lines = [header]
    for name, joints in annotations.items():
        y, x = (str([int(value) for value in column]) for column in np.transpose(joints))
        lines.append(f"{name}: {y}: {x}")
    return "\n".join(lines) + "\n"


def pandas_text(annotations):
    """Return an annotation file as `DataFrame.to_csv(sep=":", index=False)` writes it."""
    lines = ["name:keypoints_y:keypoints_x"]
    for name, joints in annotations.items():
        y, x = (json.dumps([int(value) for value in column]) for column in np.transpose(joints))
        lines.append(f"{name}:{y}:{x}")
    return "\n".join(lines) + "\n"


def usable(joints):
    """Return whether the joints 2, 5, 8 and 11 (shoulders and hips) exist, the original's rule."""
    return all(-1 not in joints[index] for index in (2, 5, 8, 11))


def pairs_by_rule(annotations):
    """Return all ordered pairs of usable images of one person, in the original's order.

    The people `-1` and `0000`, Market-1501's junk and distractors, have no pairs.
    """
    people = {}
    for name, joints in annotations.items():
        if usable(joints) and not name.startswith(("-1", "0000")):
            people.setdefault(name.split("_")[0], []).append(name)
    return [pair for names in people.values() for pair in itertools.permutations(names, 2)]


@pytest.fixture(scope="session")
def original():
    """The original implementation's file formats and rules, reimplemented for the tests."""
    return SimpleNamespace(
        text=original_text, pandas_text=pandas_text, usable=usable, pairs=pairs_by_rule
    )


@pytest.fixture(scope="session")
def market(tmp_path_factory, dancers):
    """Market-1501's folder, and its annotations by split."""
    root = tmp_path_factory.mktemp("downloads") / "Market-1501-v15.09.15"
    annotations = {}
    for split, folder, people in (
        ("train", "bounding_box_train", {"0002": 4, "0007": 3, "0010": 1}),
        ("test", "bounding_box_test", {"0003": 3, "0000": 2, "-1": 2}),
    ):
        (root / folder).mkdir(parents=True)
        annotations[split] = {}
        for number, (person, count) in enumerate(people.items()):
            images, joints = dancers((128, 64), [number, len(split)], count)
            for index, (image, one) in enumerate(zip(images, joints, strict=True)):
                name = f"{person}_c{1 + index % 6}s1_{451 + 25 * index:06d}_03.jpg"
                Image.fromarray(image).save(root / folder / name, quality=90)
                annotations[split][name] = one
        (root / folder / "Thumbs.db").write_bytes(b"\xd0\xcf\x11\xe0")
    # A person without a left hip is not usable.
    hidden = next(reversed([name for name in annotations["train"] if name.startswith("0007")]))
    annotations["train"][hidden][11] = -1
    (root / "query").mkdir()
    (root / "query" / "0003_c4s1_000001_00.jpg").write_bytes(b"not looked at")
    (root / "readme.txt").write_text("Market-1501")
    return root, annotations


@pytest.fixture(scope="session")
def fashion(tmp_path_factory, dancers):
    """DeepFashion's tree as distributed: its folder, and annotations by the original's names."""
    root = tmp_path_factory.mktemp("In-shop Clothes Retrieval Benchmark")
    annotations = {}
    outfits = [
        ("WOMEN", "Tees_Tanks", "id_00000730", "05", 3),
        ("WOMEN", "Tees_Tanks", "id_00000730", "06", 2),
        ("MEN", "Denim", "id_00000080", "01", 4),
        ("WOMEN", "Dresses", "id_00000002", "02", 3),
    ]
    views = ("1_front", "2_side", "3_back", "7_additional")
    for number, (gender, category, item, outfit, count) in enumerate(outfits):
        folder = root / "Img" / "img" / gender / category / item
        folder.mkdir(parents=True, exist_ok=True)
        images, joints = dancers((256, 256), [9, number], count)
        for view, image, one in zip(views, images, joints, strict=False):
            Image.fromarray(image).save(folder / f"{outfit}_{view}.jpg", quality=90)
            person = f"fasion{gender}{category}{item}{outfit}".replace("_", "")
            annotations[f"{person}_{view.replace('_', '')}.jpg"] = one
    (root / "Img" / "img" / "WOMEN" / ".DS_Store").write_bytes(b"\0")
    (root / "README.txt").write_text("DeepFashion")
    return root, annotations


@pytest.fixture
def no_movenet(monkeypatch):
    """Make every attempt to load MoveNet fail."""
    from deformable_gan.pose.movenet import MoveNet

    def load(*_, **__):
        raise AssertionError("MoveNet is not needed with annotations")

    monkeypatch.setattr(MoveNet, "load", load)


@pytest.fixture
def see_somebody_everywhere(monkeypatch, marker_movenet):
    """Replace MoveNet by a stand-in that sees a standing figure in the middle of images."""
    from deformable_gan.pose.movenet import MoveNet

    class Standing(type(marker_movenet.network)):
        def __call__(self, batch):
            return super().__call__(batch * 0 + np.int32([200, 0, 0]))

    monkeypatch.setattr(MoveNet, "load", lambda *_: MoveNet(Standing(), second_look=False))
