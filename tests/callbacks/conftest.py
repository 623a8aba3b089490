import warnings

import pytest


@pytest.fixture
def quiet():
    """Without what Lightning 2.6 says of torch 2.13 and of loaders without workers."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*LeafSpec")
        warnings.filterwarnings("ignore", "The '.*dataloader' does not have many workers")
        yield
