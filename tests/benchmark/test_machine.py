"""What is recorded of the machine."""

import platform

import numpy as np
import pytest

from srcnn.benchmark.machine import machine, peak_memory, reset_peak_memory, versions
from srcnn.cores import usable_cores


def test_versions_name_what_computes_and_leave_out_what_is_absent() -> None:
    found = versions()
    assert found["python"] == platform.python_version()
    assert found["numpy"] == np.__version__
    assert None not in found.values()


def test_machine_counts_the_cores_this_process_may_use() -> None:
    assert machine()["cores"] == usable_cores()


def test_peak_memory_sees_what_was_given_back() -> None:
    if not reset_peak_memory():
        pytest.skip("this system does not tell the peak memory of a part of a run")
    before = peak_memory()
    assert before is not None
    block = np.ones(100_000_000, np.uint8)
    del block
    after = peak_memory()
    assert after is not None
    assert after - before > 80_000_000
    assert reset_peak_memory()
    again = peak_memory()
    assert again is not None
    assert again < after - 50_000_000
