"""Discriminators, which tell real images from generated ones.

Most of them also see the pose and the source image. All take the same dictionary and return
logits, so they are interchangeable. The dictionary holds:

- source_image, image: float [B, H, W, 3] in [-1, 1]; `image` is the judged image.
- source_keypoints, target_keypoints: float32 [B, J, 3] in pixels.
- background: float [B, H, W, 3] in [-1, 1], for discriminators with `background=True`.
- source_mask: float [B, H, W, 1], the person mask of the source image: 1 on the person and -1
  elsewhere; for discriminators with `mask=True`.
"""
