"""What the command line and the reposing itself have to agree on."""

#: Endings (lower case) of the pictures and clips that can be written.
PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".bmp")
CLIPS = (".mp4", ".mov", ".webm", ".gif")
#: Seconds. It had the least error on drawn dancers with an estimator's trembling, at 10, 24 and
#: 30 frames a second taken together; see `docs/reposing.md`.
SMOOTHING = 0.07
#: Pixels of the largest photograph that pictures are composed at; larger ones are shrunk.
MOST_PIXELS = 12_000_000
#: The same for clips: 1920x1080.
MOST_PIXELS_OF_CLIPS = 2_073_600
#: How large results are: the network's images; the crop that the network sees, or the whole
#: photograph with the person put back, at the photograph's resolution.
NETWORK, CROP, PHOTOGRAPH = "network", "crop", "photograph"
#: Of the photographs of one person, and of a clip's frames, no more are used than these.
MOST_SOURCES = 5
#: How they are put together: mixed for every pose, or one chosen after the other.
MIX, CHOOSE = "mix", "choose"
