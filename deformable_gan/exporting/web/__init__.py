"""The web page that re-poses people on the visitor's own device."""
