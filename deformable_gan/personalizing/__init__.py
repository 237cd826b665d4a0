"""A person's own model: trained weights, fine-tuned on the person's clips within a time budget."""
