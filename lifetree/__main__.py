"""`python -m lifetree` is the same as `lifetree`."""

from lifetree.cli import main

main(prog_name="lifetree")
