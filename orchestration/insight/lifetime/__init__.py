"""What customers will still buy or pay: models of buying, spending and leaving, and what they say of each.

Own code, since no library of them is kept and light: ``lifetimes`` had its last release in 2020, ``btyd`` pins
PyMC 4, and ``pymc-marketing`` brings a sampler. Maximum likelihood with SciPy is all that it takes.
"""
