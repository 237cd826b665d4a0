"""Constants for composing at a photograph's size, shared by NumPy code and exported graphs."""

#: A candidate is computed only in the rectangle around the pixels where its weight exceeds this.
LEAST_WEIGHT = 1 / 512
#: Weights are upsampled as logarithms, clipped to this minimum: e^-16 is negligible.
LEAST_LOGARITHM = -16.0
#: Weights are raised to a power, so that one candidate dominates each pixel more clearly. The
#: exponent is 1 at the network's resolution and rises to this number at twice that resolution.
MOST_DECISION = 2.0
#: The width, in pixels of the network's image, over which a result fades into the photograph.
FADE = 2.0
#: The number of pixels of the network's image that interpolation reads on either side.
REACH = 2
