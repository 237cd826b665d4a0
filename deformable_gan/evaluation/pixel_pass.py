"""Scores that compare pixels: SSIM in three protocols, L1 and PSNR, with and without masks."""

import os
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np

from deformable_gan.evaluation.score_pass import ReadRows, Rows, ScoredBlock, mean_scores, means
from deformable_gan.metrics.foreground_l1 import mean_absolute_error_within
from deformable_gan.metrics.mean_absolute_error import mean_absolute_error
from deformable_gan.metrics.peak_signal_to_noise_ratio import peak_signal_to_noise_ratio
from deformable_gan.metrics.structural_similarity import (
    LARGE_WINDOW,
    generated_range,
    structural_similarity,
)

_MASKED = "as {}, with every pixel outside the evaluation mask of the target pose set to zero"
_SSIM = (
    "Wang et al. 2004; Gaussian window of sigma 1.5 and 11 pixels, no sample covariance, mean over "
    "channels; range 255"
)
_L1 = (
    "mean absolute difference in grey levels, 0 to 255 (multiply by 2/255 for the original's unit)"
)
_PSNR = "10 log10(255^2 / mean squared difference) of each pair; pairs of equal images left out"
PROTOCOLS = {
    "ssim_original": "as ssim, but the range is maximum - minimum of each generated image, as the "
    "original computes and the first papers report it",
    "ssim": _SSIM,
    "ssim_window51": "uniform window of 51 pixels, sample covariance, range 255: the SSIM of the "
    "script of GFLA and later papers",
    "masked_ssim_original": _MASKED.format("ssim_original"),
    "masked_ssim": _MASKED.format("ssim"),
    "l1": _L1,
    "masked_l1": _MASKED.format("l1"),
    "foreground_l1": "as l1, but the mean over the pixels of the evaluation mask only",
    "psnr": _PSNR,
    "masked_psnr": _MASKED.format("psnr"),
}


class PixelPass:
    """The pass that compares the pixels of generated and source images with target images."""

    name = "pixels"
    title = "SSIM, L1, PSNR"
    slow = False

    def __init__(self):
        self._threads = ThreadPoolExecutor(os.cpu_count())

    def identity(self) -> dict:
        """Return the identity of the pass; see `ScorePass`."""
        return {"version": 1}

    def rows(self, block: ScoredBlock) -> Rows:
        """Return the rows of a block; see `ScorePass`."""
        rows = self._compared(block, block.generated)
        if block.source is not None:
            copied = self._compared(block, block.source)
            rows |= {f"copy/{name}": values for name, values in copied.items()}
        return rows

    def scores(self, read: ReadRows) -> dict[str, dict]:
        """Return the scores of all blocks; see `ScorePass`."""
        columns = means(read(self.name))
        scores = mean_scores(columns, PROTOCOLS)
        for name in ("ssim_original", "masked_ssim_original"):
            column = columns.get(f"{name}/constant")
            if name in scores and column and column.mean:
                scores[name]["constant_images"] = round(column.mean * column.count)
        return scores

    def _compared(self, block: ScoredBlock, image: np.ndarray) -> Rows:
        target = block.target
        rows = self._similarities("", target, image)
        rows["l1"] = mean_absolute_error(target, image)
        rows["psnr"] = peak_signal_to_noise_ratio(target, image)
        if min(target.shape[1:3]) >= LARGE_WINDOW:
            rows["ssim_window51"] = self._in_threads(
                lambda a, b: structural_similarity(a, b, uniform_window=LARGE_WINDOW), target, image
            )
        if block.mask is not None:
            masked = target * block.mask, image * block.mask
            rows |= self._similarities("masked_", *masked)
            rows["masked_l1"] = mean_absolute_error(*masked)
            rows["masked_psnr"] = peak_signal_to_noise_ratio(*masked)
            within = mean_absolute_error_within(target, image, block.mask)
            rows["foreground_l1"] = np.asarray(within)
        return rows

    def _similarities(self, prefix: str, target: np.ndarray, image: np.ndarray) -> Rows:
        own_range = generated_range(image)
        # Constant images (black under an empty mask, for example) have a range of 0; 255 is used.
        constant = own_range == 0
        ranges = np.stack([np.full(len(image), 255.0), np.where(constant, 255.0, own_range)])
        fixed, original = self._in_threads(structural_similarity, target, image, ranges)
        return {
            f"{prefix}ssim": fixed,
            f"{prefix}ssim_original": original,
            f"{prefix}ssim_original/constant": constant.astype(np.float64),
        }

    def _in_threads(self, function, *arrays: np.ndarray) -> np.ndarray:
        """Apply a function to parts of the batch in threads; join the results along the last axis.

        Images are [B, H, W, C]; other arrays have the batch as their last axis.
        """
        # OpenCV's own threads do not help on images this small, and compete with this pass's.
        cv2.setNumThreads(1)
        count = arrays[0].shape[0]
        parts = np.array_split(np.arange(count), min(count, 2 * (os.cpu_count() or 1)))

        def part_of(array: np.ndarray, places: np.ndarray) -> np.ndarray:
            return array[places] if array.ndim == 4 else array[..., places]

        done = self._threads.map(
            lambda places: function(*(part_of(array, places) for array in arrays)), parts
        )
        return np.concatenate(list(done), axis=-1)
