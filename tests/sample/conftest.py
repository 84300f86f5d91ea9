from __future__ import annotations

import pandas as pd
import pytest

from slo_workbench.sample import Sample, make_sample


@pytest.fixture(scope="session")
def sample() -> Sample:
    """The worked example as the code makes it today."""
    return make_sample()


@pytest.fixture(scope="session")
def requests(sample: Sample) -> pd.DataFrame:
    frame = sample.requests.to_pandas()
    frame["failed"] = (frame["status"] == 429) | (frame["status"] >= 499)
    frame["call"] = frame["method"].astype(str) + " " + frame["route"].astype(str)
    frame["euros"] = frame["value"].astype(float)
    frame["by_people"] = frame["client"].isin(["web", "app"])
    return frame


@pytest.fixture(scope="session")
def deliveries(sample: Sample) -> pd.DataFrame:
    return sample.deliveries.to_pandas()


@pytest.fixture(scope="session")
def incidents(sample: Sample) -> pd.DataFrame:
    frame = sample.incidents.to_pandas().set_index("id")
    frame["start"] = pd.to_datetime(frame["start"])
    frame["end"] = pd.to_datetime(frame["end"])
    return frame
