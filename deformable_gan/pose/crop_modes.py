"""How a clip can be cropped."""

#: See `clip_crops.crop_clip`.
CROP_MODES = ("auto", "fixed", "follow")
