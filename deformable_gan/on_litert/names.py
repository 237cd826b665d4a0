"""The files of a converted model, which `exporting.reposing_networks` writes."""

#: The description, JSON, which is written last.
DESCRIPTION = "litert.json"
FORMAT = "deformable_gan networks for reposing"
#: Networks: one runs once for a photograph, one for every pose, and one draws person masks.
SOURCE, POSE, PEOPLE = "source.tflite", "network.tflite", "people.tflite"
MOVENET = "movenet.tflite"
