"""What the command line and the reposing itself have to agree on."""

#: Endings (lower case) of the pictures and clips that can be written.
PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".bmp")
CLIPS = (".mp4", ".mov", ".webm", ".gif")
#: Seconds. It had the least error on drawn dancers with an estimator's trembling, at 10, 24 and
#: 30 frames a second taken together; see `docs/reposing.md`.
SMOOTHING = 0.07
