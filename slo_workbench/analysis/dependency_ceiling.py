"""What hard dependencies leave possible: no service is up more often than what it cannot do without."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal, localcontext

from slo_workbench.document.findings import Finding
from slo_workbench.errors import UnusableValue
from slo_workbench.units import format_share

__all__ = ["Ceiling", "Dependency", "ceiling_of", "extra_nine", "in_parallel", "in_series", "least_target_of_each"]

PRECISE_DIGITS = 1_000
SHARE_OF_BUDGET_FOR_DEPENDENCIES = Decimal("0.5")


@dataclass(frozen=True)
class Dependency:
    """Something a service calls on.

    Parameters
    ----------
    name : str
    target : Decimal
        What it promises, or what it kept so far, 0 to 1, both excluded.
    is_hard : bool
        Whether its loss is the service's loss. What is served from a cache, queued for later or left out when it fails is soft.
    copies : int
        How many copies there are of which any one is enough, each with that target.
    """

    name: str
    target: Decimal
    is_hard: bool = True
    copies: int = 1

    def __post_init__(self) -> None:
        _check_target(self.target, of=self.name)
        if self.copies < 1:
            raise UnusableValue(f"{self.name} has at least one copy, not {self.copies}")

    @property
    def together(self) -> Decimal:
        """What all copies offer when each fails by itself."""
        return in_parallel(*[self.target] * self.copies)


@dataclass(frozen=True)
class Ceiling:
    """The most a service can promise by its hard dependencies, before it fails by itself at all.

    Parameters
    ----------
    dependencies : tuple of Dependency
        Soft ones included; each of them once, however many ways lead to it.
    independent : Decimal
        Share of good events (0 to 1) when all fail independently; ``Decimal(1)`` without a hard dependency.
    assured : Decimal
        Share that is left however failures coincide: copies of one dependency fail together, dependencies one after the other.
    """

    dependencies: tuple[Dependency, ...]
    independent: Decimal
    assured: Decimal

    @property
    def hard(self) -> tuple[Dependency, ...]:
        """The dependencies whose loss is the service's loss."""
        return tuple(dependency for dependency in self.dependencies if dependency.is_hard)

    def budget_left_share(self, own_target: Decimal) -> Decimal:
        """Return which share of the budget of an own target independent dependencies leave to own failures; below 0 they need more than all.

        Examples
        --------
        >>> ceiling_of([Dependency("payment provider", Decimal("0.995"))]).budget_left_share(Decimal("0.99"))
        Decimal('0.5')
        """
        _check_target(own_target, of="the service")
        return 1 - (1 - self.independent) / (1 - own_target)

    @property
    def sentences(self) -> tuple[str, ...]:
        """The ceiling in words, with the warning that independence flatters."""
        soft = [dependency.name for dependency in self.dependencies if not dependency.is_hard]
        apart = (f"Left out as soft: {', '.join(soft)}. Try it: switch one off and see whether users are still served.",) if soft else ()
        if not self.hard:
            return ("No hard dependency limits what can be promised.", *apart)
        names = ", ".join(dependency.name + (f" ({dependency.copies} copies)" if dependency.copies > 1 else "") for dependency in self.hard)
        return (
            f"By its hard dependencies ({names}) the service can be good in at most {_rounded(self.independent)} of events, were its own part perfect "
            "and did they fail independently.",
            *(self._warning if self.assured < self.independent else ()),
            *apart,
        )

    @property
    def _warning(self) -> tuple[str, ...]:
        return (
            f"Independence flatters: copies share networks, releases, settings and whoever operates them. However failures coincide, "
            f"{_rounded(self.assured)} is left; plan between the two, nearer to the lower one.",
        )

    def findings(self, own_target: Decimal, *, where: str = "") -> tuple[Finding, ...]:
        """Say whether an own target lies above the ceiling, or leaves own failures less than half of its budget, and what could be done."""
        left = self.budget_left_share(own_target)
        if left >= 1 - SHARE_OF_BUDGET_FOR_DEPENDENCIES:
            return ()
        whom = "it" if len(self.hard) == 1 else f"each of the {len(self.hard)}"
        least = format_share(least_target_of_each(own_target, len(self.hard)))
        hint = (
            "soften a dependency (cache, queue, do without), add copies that share nothing, "
            f"ask of {whom} at least {least}, or promise less"
        )
        if left <= 0:
            message = (
                f"{format_share(own_target)} leaves nothing to own failures: hard dependencies allow at most {_rounded(self.independent)}"
            )
            return (Finding("above-the-ceiling", message, severity="warning", where=where, hint=hint),)
        message = f"hard dependencies use {float(1 - left) * 100:.0f} % of the budget of {format_share(own_target)}, if they fail as often as they may"
        return (Finding("near-the-ceiling", message, severity="warning", where=where, hint=hint),)


def in_series(*targets: Decimal) -> Decimal:
    """Return what is left when all of several are needed and each fails independently: the product.

    Examples
    --------
    >>> in_series(Decimal("0.999"), Decimal("0.999"), Decimal("0.999"))
    Decimal('0.997002999')
    """
    _check_all(targets)
    product = Decimal(1)
    with localcontext(prec=PRECISE_DIGITS):
        for target in targets:
            product *= target
    return product


def in_parallel(*targets: Decimal) -> Decimal:
    """Return what is offered when any one of several is enough and each fails independently: 1 less the product of bad shares.

    Copies rarely fail independently; what is assured is no more than the best of them.

    Examples
    --------
    >>> in_parallel(Decimal("0.99"), Decimal("0.99"))
    Decimal('0.9999')
    """
    _check_all(targets)
    with localcontext(prec=PRECISE_DIGITS):
        return 1 - in_series(*(1 - target for target in targets))


def ceiling_of(dependencies: Sequence[Dependency]) -> Ceiling:
    """Work out what the hard dependencies of a service leave possible.

    ``independent`` is the product over dependencies, each with its copies in parallel. ``assured`` is 1 less the sum of bad shares, copies
    counted as one: the lower bound of Boole and Fréchet, which needs no independence (M. Fréchet, "Généralisation du théorème des
    probabilités totales", Fundamenta Mathematicae 25, 1935).

    Parameters
    ----------
    dependencies : sequence of Dependency
        Direct and indirect ones, each unique one once: B. Treynor, M. Dahlin, V. Rau, B. Beyer, "The Calculus of Service Availability",
        ACM Queue 15(2), 2017, https://queue.acm.org/detail.cfm?id=3096459.

    Raises
    ------
    UnusableValue
        When two have the same name: it would count twice.

    Examples
    --------
    >>> ceiling = ceiling_of([Dependency("payment", Decimal("0.995")), Dependency("database", Decimal("0.99"), copies=2)])
    >>> ceiling.independent, ceiling.assured
    (Decimal('0.9949005'), Decimal('0.985'))
    """
    names = [dependency.name for dependency in dependencies]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UnusableValue(
            f"{', '.join(twice)} is listed twice; a dependency counts once, however many ways lead to it (copies are 'copies')"
        )
    hard = [dependency for dependency in dependencies if dependency.is_hard]
    independent = in_series(*(dependency.together for dependency in hard)) if hard else Decimal(1)
    assured = max(1 - sum((1 - dependency.target for dependency in hard), Decimal(0)), Decimal(0))
    return Ceiling(tuple(dependencies), independent, assured)


def extra_nine(own_target: Decimal) -> Decimal:
    """Return what a hard dependency should offer by the rule of the extra nine: a tenth of the own bad share.

    It comes from some five hard dependencies that may use half the budget together (Treynor and others, see :func:`ceiling_of`).

    Examples
    --------
    >>> extra_nine(Decimal("0.9999"))
    Decimal('0.99999')
    """
    _check_target(own_target, of="the service")
    return 1 - (1 - own_target) / 10


def least_target_of_each(own_target: Decimal, n_hard: int, *, budget_share: Decimal = SHARE_OF_BUDGET_FOR_DEPENDENCIES) -> Decimal:
    """Return what each hard dependency must offer at least, so that all of them use no more than a share of the own budget.

    Each gets an equal part; its bad share is rounded down to two significant digits. As bad shares are summed, it holds however failures
    coincide.

    Parameters
    ----------
    own_target : Decimal
    n_hard : int
        Unique hard dependencies, at least 1.
    budget_share : Decimal
        Share of the own budget (0 to 1) that dependencies may use together; the rest is for own failures.

    Examples
    --------
    >>> least_target_of_each(Decimal("0.999"), 3), least_target_of_each(Decimal("0.999"), 1, budget_share=Decimal(1))
    (Decimal('0.99984'), Decimal('0.999'))
    """
    _check_target(own_target, of="the service")
    if n_hard < 1 or not 0 < budget_share <= 1:
        raise UnusableValue(f"at least one dependency shares a part of the budget above 0 and up to 1, not {n_hard} and {budget_share}")
    bad_share = (1 - own_target) * budget_share / n_hard
    return 1 - bad_share.quantize(Decimal(1).scaleb(bad_share.adjusted() - 1), rounding=ROUND_FLOOR).normalize()


def _check_all(targets: Sequence[Decimal]) -> None:
    if not targets:
        raise UnusableValue("there is no target to put together; a service without hard dependencies has no ceiling")
    for target in targets:
        _check_target(target, of="a part")


def _check_target(target: Decimal, *, of: str) -> None:
    if not (isinstance(target, Decimal) and 0 < target < 1):
        raise UnusableValue(
            f"what {of} offers is an exact decimal above 0 and below 1, such as Decimal('0.999'), not {target!r}; nothing is always there"
        )


def _rounded(share: Decimal) -> str:
    """Write a share as percent, down to two digits of its bad part: a ceiling is never shown higher than it is."""
    with localcontext(prec=PRECISE_DIGITS):
        bad_share = 1 - share
        if not 0 < bad_share < 1:
            return format_share(share)
        return format_share(share.quantize(Decimal(1).scaleb(bad_share.adjusted() - 1), rounding=ROUND_FLOOR))
