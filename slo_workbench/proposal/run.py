"""Proposals from a workbook: requests reduced once, one notebook run an objective, and only where something has changed."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from slo_workbench.atomic_files import refuse_foreign
from slo_workbench.document import read_workbook
from slo_workbench.document.model import Objective
from slo_workbench.progress import Step, Tell, silent
from slo_workbench.proposal.earlier_proposals import find_earlier
from slo_workbench.proposal.failure_report import ProposalFailed
from slo_workbench.proposal.forms import DEFAULT_FORMS, FORMS, check_forms, modules_of_forms
from slo_workbench.proposal.one_proposal import PROPOSAL_FILES, partial_name
from slo_workbench.proposal.order import ProposalOrder, chosen_objectives
from slo_workbench.proposal.service_folder import alone_in, refuse_links
from slo_workbench.proposal.shared_history import HISTORY_NOTE, SharedHistory
from slo_workbench.proposal.texts import DEFAULT_LANGUAGE, languages
from slo_workbench.proposal.written_proposal import WrittenProposal, read_proposal

__all__ = ["ProposalFailed", "WrittenProposal", "propose", "template_path"]

HISTORY_FOLDER = "_history"  # ids of objectives start with a letter or digit
SHARE_OF_REDUCTION = 0.15
"""Of the time that proposals take, for the progress shown."""
MOST_WORKERS = 4


def template_path() -> Path:
    """Return the proposal notebook: beside the package when installed, else in the project's notebooks."""
    package = Path(__file__).parents[1]
    installed = package / "notebooks" / "proposal.ipynb"
    return installed if installed.is_file() else package.parent / "notebooks" / "proposal.ipynb"


def propose(
    workbook_path: Path, out: Path, *, only: Collection[str] = (), places: Mapping[str, str] | None = None, seed: int,
    jobs: int | None = None, progress: Tell = silent, template: Path | None = None, parameters: Mapping[str, str] | None = None,
    as_of: date | None = None, forms: Sequence[str] = DEFAULT_FORMS, force: bool = False, fork: bool = True,
    against: Path | None = None,
) -> Iterator[WrittenProposal]:  # fmt: skip
    """Write a proposal for every objective that is not retired, and yield each as it is done; first those that would come out the same.

    Parameters
    ----------
    workbook_path : Path
    out : Path
        Folder for the proposals: in it a folder for the service, and in that one for each objective and the History they share.
    only : collection of str
        Ids of the objectives wanted; all when empty.
    places : mapping of str to str, optional
        Files or URLs to read instead of those the workbook names, by source.
    seed : int
    jobs : int, optional
        How many are written at once; as many as there are cores, at most four, by default.
    progress : callable
        Told each step of the reduction, then which proposals run and how many of their cells are done.
    template : Path, optional
        The team's own notebook in the place of this package's.
    parameters : mapping of str to str, optional
        Values of that notebook's own parameters, as text.
    as_of : date, optional
        The day the proposals are made; today by default. Nothing else in them depends on the clock.
    forms : sequence of str
        Among :data:`~slo_workbench.proposal.forms.FORMS`; ``json`` is always written.
    force : bool
        Whether to write also those that would come out the same.
    fork : bool
        Whether kernels may be forks of a process that has imported everything, where that can be.
    against : Path, optional
        The ``result.json`` of an earlier proposal, or a folder of proposals: each tells what changed since its own. One that is not there yet
        is compared with nothing.

    Raises
    ------
    FindingsError
        When the workbook, a source, an id or an earlier proposal is wrong; nothing is written then.
    UnusableValue
        When a parameter is unknown or of another type, or the notebook lacks one.
    ProposalFailed
        When a notebook fails; the other proposals are whole.
    """
    workbook = read_workbook(workbook_path)
    objectives = chosen_objectives(workbook, only, workbook_path)
    earlier = {} if against is None else find_earlier(against, service=workbook.service.name, objectives=[one.id for one in objectives])
    # a folder a service: two services may have objectives of one name, and each has its own History
    out = out / workbook.service.name
    order = ProposalOrder(
        workbook_path, workbook, out, out / HISTORY_FOLDER, template or template_path(), dict(parameters or {}), dict(places or {}), seed,
        (as_of or datetime.now().astimezone().date()).isoformat(), tuple(name for name in FORMS if name in forms or name == "json"),
        earlier,
    )  # fmt: skip
    refuse_links(out, [HISTORY_FOLDER, HISTORY_NOTE, *(name for one in objectives for name in (one.id, partial_name(one.id)))])
    for objective in objectives:
        refuse_foreign(out / objective.id, own=PROPOSAL_FILES)
    unchanged = [] if force else [one for one in objectives if order.is_unchanged(one)]
    for objective in unchanged:
        yield read_proposal(objective.id, out / objective.id, is_unchanged=True)
    changed = [one for one in objectives if one not in unchanged]
    try:
        if changed:
            yield from _write(order, changed, jobs=jobs, fork=fork, force=force, progress=progress)
    except ProposalFailed as failure:
        with suppress(OSError):
            _write_index(order, failure.objectives)
        raise
    _write_index(order, ())


def _write_index(order: ProposalOrder, failed: Collection[str]) -> None:
    from slo_workbench.proposal.index_page import write_index

    workbook, language = order.workbook, order.own_parameters.get("language", DEFAULT_LANGUAGE)
    known = [one.id for one in workbook.objectives if one.status != "retired"]
    write_index(
        order.out.parent, workbook.service.name, title=workbook.service.title, as_of=order.as_of, known=known, failed=failed,
        language=language if language in languages() else DEFAULT_LANGUAGE,
    )  # fmt: skip


def _write(
    order: ProposalOrder, objectives: Sequence[Objective], *, jobs: int | None, fork: bool, force: bool, progress: Tell
) -> Iterator[WrittenProposal]:
    from slo_workbench.proposal.batch import run_jobs
    from slo_workbench.proposal.fork_server import ForkServer

    check_forms(order.forms)
    parameters = order.checked_parameters(objectives)
    _check_pool(order)
    shared = SharedHistory(order.history, order.inputs)
    wanted = {objective.indicator for objective in objectives}
    failures: dict[str, str] = {}
    # its imports go on while the requests are counted
    server = ForkServer.start(modules_of_forms(order.forms)) if fork else None
    with server or nullcontext():
        history = None if not force and shared.is_current(wanted) else shared.reduce(wanted, _first_part(progress))
        with alone_in(order.out, [HISTORY_FOLDER, *(one.id for one in order.workbook.objectives)]):
            if history is None and not shared.is_current(wanted):  # another run has just been here
                history = shared.reduce(wanted, _first_part(progress))
            if history is not None:
                shared.write(history)
            asked = shared.fingerprint()
            same = [] if force else [one for one in objectives if order.is_asked(one) and order.is_unchanged(one, asked=asked)]
            for objective in same:
                yield read_proposal(objective.id, order.out / objective.id, is_unchanged=True)
            waiting = [order.job(one, parameters[one.id], asked=asked) for one in objectives if one not in same]
            workers = jobs or min(os.cpu_count() or 1, MOST_WORKERS)
            before = SHARE_OF_REDUCTION if history is not None else 0.0
            for job, failed in run_jobs(waiting, workers=workers, server=server, tell=progress, done_before=before):
                if failed is None:
                    yield read_proposal(job.objective, order.out / job.objective)
                else:
                    failures[job.objective] = failed
    if failures:
        raise ProposalFailed("\n".join(failures.values()), tuple(failures))


def _check_pool(order: ProposalOrder) -> None:
    """Read the histories of the team's other services before any kernel starts."""
    if order.workbook.pool:
        from slo_workbench.history.pool import read_pool

        read_pool(order.workbook.pool, folder=order.workbook_path.parent, inside=order.workbook_path.parent)


def _first_part(progress: Tell) -> Tell:
    """Tell the steps of the reduction as the first part of the whole work."""

    def tell(step: Step) -> None:
        progress(replace(step, done=step.done * SHARE_OF_REDUCTION, until=step.until * SHARE_OF_REDUCTION))

    return tell
