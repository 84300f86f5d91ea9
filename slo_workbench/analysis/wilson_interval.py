"""The interval of a share that was counted: how far chance alone may have moved it."""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist

from slo_workbench.errors import UnusableValue

__all__ = ["wilson_interval"]


def wilson_interval(n_good: float, n_valid: float, *, confidence: float = 0.9) -> tuple[float, float]:
    """Return the lower and upper end of Wilson's score interval of a share.

    It takes the counted things as independent of each other. Requests of one outage are not, and for them it is far too narrow;
    give the number of independent ones then, which need not be whole.

    Parameters
    ----------
    n_good, n_valid : float
        At least 0, good among valid.
    confidence : float
        Between 0 and 1: how often such an interval holds the true share.

    Returns
    -------
    (float, float)
        0 to 1; all of it when nothing was counted.

    References
    ----------
    E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", Journal of the American Statistical
    Association 22 (1927), pp. 209-212, doi.org/10.1080/01621459.1927.10502953

    Examples
    --------
    >>> [round(end, 5) for end in wilson_interval(1_999, 2_000, confidence=0.95)]
    [0.99717, 0.99991]
    """
    if not 0 < confidence < 1:
        raise UnusableValue(f"a confidence lies between 0 and 1, such as 0.9; not {confidence}")
    if not 0 <= n_good <= n_valid:
        raise UnusableValue(f"good ones are among the valid ones, and {n_good} of {n_valid} are not")
    if n_valid == 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share, narrowing = n_good / n_valid, 1 + z**2 / n_valid
    middle = (share + z**2 / (2 * n_valid)) / narrowing
    half = z / narrowing * sqrt(share * (1 - share) / n_valid + z**2 / (4 * n_valid**2))
    # exact at the ends, where subtraction leaves a rest
    return (0.0 if n_good == 0 else max(middle - half, 0.0)), (1.0 if n_good == n_valid else min(middle + half, 1.0))
