"""Scripts that run in the environment of a peer and import it; nothing of lifetree is there."""
