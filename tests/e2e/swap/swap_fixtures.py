"""The operator of the tests' stack, for test modules that swap."""

from collections.abc import Iterator

import pytest

from harness.stack.live_stack import LiveRegistry
from harness.stack.swap_operator import SwapOperator, operating


@pytest.fixture(scope="module")
def operator(registry: LiveRegistry, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SwapOperator]:
    with operating(registry, tmp_path_factory.mktemp("swap")) as swap_operator:
        yield swap_operator
