"""`python -m lifetree` is the same as `lifetree`."""

from lifetree.entry import main

main()
