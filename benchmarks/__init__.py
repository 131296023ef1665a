"""Measurements. `make bench` runs them all and writes docs/benchmarks.md.

A benchmark is a module with `measure() -> list[Row]`. It is run in a process of its own, by
`python -m benchmarks.run NAME...`, so that none warms or burdens another.
"""
