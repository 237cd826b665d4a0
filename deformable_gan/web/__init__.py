"""The web page: people from photographs in other poses, in a browser."""
