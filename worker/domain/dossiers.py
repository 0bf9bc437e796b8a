"""Which of several post-mortems speaks for an issue that more than one of them names?

The earliest enrolment: it alone chases the issue, the others only show it. So nobody is told twice about one promise.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from worker.domain.model import Dossier, IssueRef


def each_item_once(dossiers: Iterable[Dossier]) -> tuple[Dossier, ...]:
    """The dossiers in the order of their enrolment, each without the items whose issue an earlier one names.

    An ended enrolment speaks for nothing. Items that have no issue yet are never the same.
    """
    taken: set[IssueRef] = set()
    out = []
    for dossier in sorted(dossiers, key=lambda d: (d.closed, d.enrolled_on, d.ref)):
        items = tuple(i for i in dossier.items if i.ref is None or i.ref not in taken)
        taken |= {i.ref for i in items if i.ref is not None}
        out.append(replace(dossier, items=items))
    return tuple(out)
