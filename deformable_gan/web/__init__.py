"""The web page of `demo`, which reposes people in a browser."""
