"""Reading trained networks: one loader for the package, run directories, exports and hubs."""
