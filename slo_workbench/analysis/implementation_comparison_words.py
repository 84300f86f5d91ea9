"""A comparison of two measurements in words, for people who are no SREs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slo_workbench.units import counted, format_count, format_duration, format_share

if TYPE_CHECKING:
    from slo_workbench.analysis.implementation_comparison import ImplementationComparison, ReadingCost

__all__ = ["comparison_sentences"]


def comparison_sentences(found: ImplementationComparison) -> tuple[str, ...]:
    """Say what both have in common, how their SLIs differ, what only one sees, and what each reads."""
    return (_span(found), _sli(found), _agreement(found), *_incidents(found), _blind(found), *_costs(found))


def _span(found: ImplementationComparison) -> str:
    one, other = found.names
    only_one, only_other = found.n_bins_only
    low, _, high = found.valid_ratio_quantiles
    bins = counted(len(found.in_both), "bin")
    told = f"From {found.start:%Y-%m-%d %H:%M} to {found.end:%Y-%m-%d %H:%M} (all times are UTC) there is data of both in {bins} of {format_duration(found.bin_minutes)}"
    alone = [f"{counted(n, 'bin')} in {name} only" for n, name in ((only_one, one), (only_other, other)) if n]
    told += f", and {' and '.join(alone)}" if alone else ""
    seldom_else = f"; in 90 of 100 bins {low:.3g} to {high:.3g} times" if f"{low:.3g}" != f"{high:.3g}" else ""
    return f"{told}. {other} counts {_times_as_many(found.valid_ratio)} valid {found.event}s as {one}{seldom_else}."


def _times_as_many(ratio: float) -> str:
    if f"{ratio:.3g}" != "1":
        return f"{ratio:.3g} times as many"
    return "as many" if ratio == 1 else "about as many"


def _sli(found: ImplementationComparison) -> str:
    one, other = found.sli_shares
    sums = found.in_both[["valid_one", "valid_other"]].sum()
    points = found.sli_difference_points
    apart = f"{abs(points):.2g} points {'higher' if points > 0 else 'lower'} in {found.names[1]}" if abs(points) > 1e-9 else "the same"
    return (
        f"The SLI is {format_share(one)} in {found.names[0]} ({counted(int(sums['valid_one']), found.event)}) and "
        f"{format_share(other)} in {found.names[1]} ({format_count(int(sums['valid_other']))}): {apart}."
    )


def _agreement(found: ImplementationComparison) -> str:
    agreement = found.agreement
    either = agreement.n_bins - agreement.n_both_quiet
    if not either:
        return "In no bin was more bad than usual, so this time does not tell whether they would agree on trouble."
    if either == 1:
        seen = "both saw it" if agreement.n_both_bad else "only one of them saw it"
    else:
        seen = f"both saw it in {format_count(agreement.n_both_bad) if agreement.n_both_bad else 'none'} of them"
    told = (
        f"In {counted(either, 'bin')} more was bad than usual; {seen}, and they agree in {format_share(agreement.same_share)} of all bins"
    )
    return told + (f" (Cohen's kappa {agreement.kappa:.2f}: 1 at best, 0 by chance)." if agreement.kappa is not None else ".")


def _incidents(found: ImplementationComparison) -> list[str]:
    if found.incidents.empty:
        return []
    told = []
    for side, name, second, blind in (("one", found.names[0], "other", found.names[1]), ("other", found.names[1], "one", found.names[0])):
        alone = found.incidents[found.incidents["seen_by"] == side]
        if len(alone):
            worst = alone.sort_values(f"bad_{side}", ascending=False, kind="stable").iloc[0]
            n_bad = counted(worst[f"bad_{side}"], f"bad {found.event}")
            told.append(
                f"{format_count(len(alone))} only by {name}{', the worst' if len(alone) > 1 else ''} from {worst['start']:%Y-%m-%d %H:%M} "
                f"({n_bad} there, {format_count(worst[f'bad_{second}'])} in {blind})"
            )
    both = int((found.incidents["seen_by"] == "both").sum())
    parts = [*([f"{format_count(both)} seen by both"] if both else []), *told]
    return [f"{counted(len(found.incidents), 'stretch', 'stretches')} of trouble: {'; '.join(parts)}."]


def _blind(found: ImplementationComparison) -> str:
    one, other = found.names
    if found.blind.empty:
        return f"{other} missed no more {found.event}s than usual in any bin."
    worst = found.blind.iloc[0]
    length, missing = format_duration(found.bin_minutes), counted(worst["missing"], found.event)
    return (
        f"{other} missed most in the {length} from {worst['start']:%Y-%m-%d %H:%M}: about {missing} that {one} counted "
        f"({format_count(worst['valid_one'])} there, {format_count(worst['valid_other'])} here). What never arrives cannot be bad in {other}."
    )


def _costs(found: ImplementationComparison) -> list[str]:
    if found.costs is None:
        return []
    return ["To measure a day, " + " and ".join(_cost(name, cost) for name, cost in zip(found.names, found.costs, strict=True)) + "."]


def _cost(name: str, cost: ReadingCost) -> str:
    return f"{name} reads {counted(cost.rows_a_day, 'row')} ({_size(cost.bytes_a_day)})"


def _size(n_bytes: float) -> str:
    """Write a number of bytes in the unit people say it in.

    Examples
    --------
    >>> _size(512), _size(1_500_000), _size(2e12)
    ('512 bytes', '1.5 MB', '2 TB')
    """
    for unit, size in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if n_bytes >= size:
            return f"{n_bytes / size:.3g} {unit}"
    return counted(n_bytes, "byte")
