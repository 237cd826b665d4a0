"""Cameras of known motion: windows cut out of a large image."""

import cv2
import numpy as np

from deformable_gan.pose.skeleton import COCO17

COLOR = np.array([200, 30, 90])
SIZE = (160, 200)


def scene():
    """Return blurred blocks of many colours, uint8 [400, 500, 3], with structure everywhere."""
    rng = np.random.default_rng(2)
    blocks = rng.integers(0, 255, (50, 63, 3), np.uint8).repeat(8, axis=0).repeat(8, axis=1)
    return cv2.GaussianBlur(blocks[:400, :500], (0, 0), 1.2)


def seen(window, person=None):
    """Return a frame, and a mask that is slightly larger than the person in it.

    Args:
        window: maps (x, y, 1) of the frame to the scene.
        person: (y, x) of the upper left corner of the mask; the person is a rectangle of one
            colour. None for no person.
    """
    image = cv2.warpAffine(
        scene(), window, SIZE[::-1], flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    )
    occupied = np.zeros(SIZE, bool)
    if person:
        y, x = person
        occupied[y : y + 90, x : x + 40] = True
        image[y + 3 : y + 87, x + 3 : x + 37] = 200, 30, 90
    return image, occupied


def window(x, y, degrees=0.0, zoom=1.0):
    turn = cv2.getRotationMatrix2D((0, 0), degrees, zoom)
    turn[:, 2] = x, y
    return turn


def true_motion(windows):
    """Return the affine maps from the first frame's pixels to each frame's, [T, 2, 3]."""
    full = [np.vstack([w, [0, 0, 1]]) for w in windows]
    return np.array([(np.linalg.inv(w) @ full[0])[:2] for w in full])


SWAYING = [window(150 + 6 * np.sin(i), 120 + 4 * np.cos(2 * i), np.sin(i / 2)) for i in range(14)]
DRIFTING = [window(80 + 7 * i, 100 + 2 * i) for i in range(20)]
ZOOMING = [window(150 - 2 * i, 120 - 2 * i, 0.0, 1 + 0.02 * i) for i in range(12)]


def standing(x, y=40):
    """Return the joints of a person about 80 pixels tall whose nose is at (x, y)."""
    places = {
        "nose": (0, 0),
        **{f"{s}_eye": (-2, d * 2) for s, d in (("left", 1), ("right", -1))},
        **{f"{s}_ear": (-1, d * 4) for s, d in (("left", 1), ("right", -1))},
        **{f"{s}_shoulder": (12, d * 9) for s, d in (("left", 1), ("right", -1))},
        **{f"{s}_elbow": (24, d * 11) for s, d in (("left", 1), ("right", -1))},
        **{f"{s}_wrist": (36, d * 11) for s, d in (("left", 1), ("right", -1))},
        **{f"{s}_hip": (38, d * 6) for s, d in (("left", 1), ("right", -1))},
        **{f"{s}_knee": (58, d * 6) for s, d in (("left", 1), ("right", -1))},
        **{f"{s}_ankle": (78, d * 6) for s, d in (("left", 1), ("right", -1))},
    }
    return np.array([(y + places[j][0], x + places[j][1], 0.9) for j in COCO17.joints])


def clip(windows):
    """Return frames and joints of a person of one colour who walks right, 5 pixels per frame."""
    frames, joints = [], []
    for index, one in enumerate(windows):
        image, _ = seen(one)
        image[34:122, 40 + 5 * index : 60 + 5 * index] = COLOR
        frames.append(image)
        joints.append(standing(50 + 5 * index))
    return frames, np.array(joints)
