"""Motion capture: BVH files, the joints of their skeletons, and the motion of the people."""

from deformable_gan.data.motion.bvh_recording import BvhNode, BvhRecording
from deformable_gan.data.motion.captured_motion import CapturedMotion
from deformable_gan.data.motion.kinematics import forward_kinematics
from deformable_gan.data.motion.landmarks import find_landmarks
from deformable_gan.data.motion.read_bvh import read_bvh

__all__ = [
    "BvhNode",
    "BvhRecording",
    "CapturedMotion",
    "find_landmarks",
    "forward_kinematics",
    "read_bvh",
]
