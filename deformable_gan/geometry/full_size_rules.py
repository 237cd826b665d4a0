"""What composing at a photograph's own size goes by, with arrays as in an exported graph."""

#: A candidate is left out outside of the rectangle around the pixels where its weight is larger.
LEAST_WEIGHT = 1 / 512
#: Weights are upsampled as logarithms, of which smaller ones count as this: e^-16 is nothing.
LEAST_LOGARITHM = -16.0
#: Where the photograph has at least twice the network's resolution, weights have this exponent.
MOST_DECISION = 2.0
#: Pixels of the network over which a result fades into the photograph around the crop.
FADE = 2.0
#: Interpolation looks at so many pixels of the network on either side.
REACH = 2
