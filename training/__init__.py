"""Makes the data and the weights of the analysis networks, reproducibly from seeds. Not part of the package."""
