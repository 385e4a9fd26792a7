"""Scripts that run inside the peers' own environments, one peer and one question each; never imported by ours."""
