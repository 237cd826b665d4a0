"""Constants for composing at a photograph's size, with arrays and in an exported graph."""

#: A candidate is computed only in the rectangle around the pixels where its weight exceeds this.
LEAST_WEIGHT = 1 / 512
#: Weights are upsampled as logarithms, clipped to this minimum: e^-16 is negligible.
LEAST_LOGARITHM = -16.0
#: The weights' exponent where the photograph has at least twice the network's resolution.
MOST_DECISION = 2.0
#: The width, in pixels of the network's image, over which a result fades into the photograph.
FADE = 2.0
#: The number of pixels of the network's image that interpolation reads on either side.
REACH = 2
