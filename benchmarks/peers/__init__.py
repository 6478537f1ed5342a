"""Other systems, run on the same data with the same truth."""
