"""The recipe for fine-tuning a model on a person; docs/personal.md compares several recipes."""

#: The preset with the losses and the training options. The networks are those of the starting
#: weights.
PRESET = "personal"
#: The share of the training pairs that show drawn dancers. Without them the network memorises the
#: person's frames instead of learning to copy pixels from the source image.
DANCERS_SHARE = 1 / 3
#: Number of drawn dancers.
DANCERS = 60
#: The largest number of steps. More steps do not help, even if there is time for them.
MOST_STEPS = 400
#: The smallest number of steps. Fewer steps have no visible effect.
LEAST_STEPS = 20
#: Approximate number of steps between two checkpoints, and between two sample images.
EPOCH_STEPS = 50
#: The smallest number of training images of a person.
LEAST_IMAGES = 8
#: The finished model contains images of the person, at most this many.
MOST_VIEWS = 8
