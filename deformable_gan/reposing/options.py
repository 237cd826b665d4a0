"""What the command line and the reposing itself have to agree on."""

#: Endings (lower case) of the pictures and clips that can be written.
PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".bmp")
CLIPS = (".mp4", ".mov", ".webm", ".gif")
#: Seconds. At 24 and 30 frames a second it takes three quarters of their trembling from the joints
#: and moves them by a hundredth of a torso's length.
SMOOTHING = 0.05
