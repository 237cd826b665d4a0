"""Videos, photographs, dataset folders and the input pipeline."""
