"""Benchmarks: one module answers one question and writes docs/results/<question>.json and .md."""
