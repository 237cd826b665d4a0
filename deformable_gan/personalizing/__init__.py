"""Personal models: trained weights, fine-tuned on a person's clips within a time budget."""
