"""Pure tensor functions of key points: transforms, masks, heat maps."""
