"""Discriminators: does this image show that person in that pose, and is it real?

All take the same dictionary and return logits, so that they can stand in for each other:

- source_image, image: float [B, H, W, 3] in [-1, 1]; `image` is the one that is judged.
- source_keypoints, target_keypoints: float32 [B, J, 3] in pixels.
- background: float [B, H, W, 3] in [-1, 1], where the discriminator was made with one.
- source_mask: float [B, H, W, 1], 1 on the source's person and -1 elsewhere, likewise.
"""
