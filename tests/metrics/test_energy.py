"""Energy counters in a made folder of the system's form."""

import pytest

from lightning_contrast.metrics.energy import energy_counter


@pytest.fixture
def zones(tmp_path):
    for name, microjoules in (
        ("intel-rapl:0", 5_000_000),
        ("intel-rapl:1", 9_000_000),
        ("intel-rapl:0:0", 7),  # a part of the first package: not counted twice
    ):
        (tmp_path / name).mkdir()
        (tmp_path / name / "energy_uj").write_text(f"{microjoules}\n")
        (tmp_path / name / "max_energy_range_uj").write_text("9999999\n")
    return tmp_path


def test_joules_of_all_packages_are_summed_and_a_counter_may_turn_over(zones):
    spent = energy_counter(zones)
    assert spent() == 0
    (zones / "intel-rapl:0" / "energy_uj").write_text("6500000")
    (zones / "intel-rapl:0:0" / "energy_uj").write_text("900000")
    assert spent() == 1.5
    (zones / "intel-rapl:1" / "energy_uj").write_text("1000000")
    assert spent() == 1.5 + 2.0


def test_none_without_a_counter_or_with_one_that_is_not_readable(zones, tmp_path):
    assert energy_counter(tmp_path / "absent") is None
    (zones / "intel-rapl:1" / "max_energy_range_uj").unlink()
    assert energy_counter(zones) is None
