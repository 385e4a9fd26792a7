"""What every test shares: reproducible property tests."""

import os

from hypothesis import settings

# No deadline: two cores share the work, so the wall clock says nothing about the code under test.
settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None, max_examples=2_000, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))
