"""What mmtui costs beside the practical floor of Python and beside its peers: `make bench`, docs/performance.md.

The peers run in environments of their own (benchmarks.peers), on the same generated data, and never enter ours.
"""
