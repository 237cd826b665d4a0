"""The recipe for fine-tuning a model on a person; docs/personal.md lists alternatives tried."""

#: The preset with the losses and the training options; the networks are those of the start.
PRESET = "personal"
#: The share of the training pairs that shows drawn dancers. They keep the network from memorising
#: the frames it has seen instead of copying pixels.
DANCERS_SHARE = 1 / 3
#: Number of drawn dancers.
DANCERS = 60
#: The most steps: more do not help, however much time there is.
MOST_STEPS = 400
#: The fewest steps: fewer have no visible effect.
LEAST_STEPS = 20
#: Approximate number of steps between two checkpoints, and between two sample images.
EPOCH_STEPS = 50
#: The fewest training images of a person.
LEAST_IMAGES = 8
#: The most images of the person that the model includes.
MOST_VIEWS = 8
