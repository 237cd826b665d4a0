"""The names of the ways to crop a clip."""

#: See `clip_crops.crop_clip`.
CROP_MODES = ("auto", "fixed", "follow")
