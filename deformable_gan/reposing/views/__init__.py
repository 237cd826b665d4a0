"""The pictures of a person that a person's own model brings along."""
