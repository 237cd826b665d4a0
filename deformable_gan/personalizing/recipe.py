"""How a model is fine-tuned on a person; docs/personal.md says what else was tried."""

#: The preset with the losses and the training options; the networks are those of the start.
PRESET = "personal"
#: The share of the training pairs that shows drawn dancers. They keep the network from drawing the
#: frames it has seen instead of copying pixels.
DANCERS_SHARE = 1 / 3
#: How many dancers are drawn.
DANCERS = 60
#: More steps do not help, however much time there is.
MOST_STEPS = 400
#: Fewer steps change nothing that can be seen.
LEAST_STEPS = 20
#: About how many steps lie between two checkpoints, and between two pictures.
EPOCH_STEPS = 50
#: The fewest training images of a person.
LEAST_IMAGES = 8
#: The most pictures of the person that the model brings along.
MOST_VIEWS = 8
