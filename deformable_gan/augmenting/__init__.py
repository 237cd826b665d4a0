"""Training sets for person re-identification, enlarged by everybody in other people's poses."""
