"""A workbook in which every text that people may write tries to run something, to load something, or to steer a terminal."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from slo_workbench.ballots.ballot import Ballot, RecordedDissent
from slo_workbench.ballots.ballot_box import BallotBox
from slo_workbench.ballots.room_files import file_name_of, write_room_file
from slo_workbench.ballots.signatures import record_signature

PAYLOAD = (
    "<script>window.ran=1</script><img src=//evil.example/x onerror=window.ran=1>\"onload=\"window.ran=1' onclick='window.ran=1 "
    "<a href=javascript:window.ran=1>x</a> javascript:window.ran=1 {{7*7}} {% for x in y %} ${7*7} </style><style>*{display:none}</style> "
    "<!-- ]]> <svg onload=window.ran=1> &lt;b&gt; [x](javascript:window.ran=1) ![x](//evil.example/y)"
)
ANSI = "\x1b[31m\x1b]0;title\x07\x1b[2J\x9b31m"
SHORT = '<script>window.ran=1</script>"onload="window.ran=1 {{7*7}}'
AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
EXECUTED = ("49", "<b>")
"""What a text would become if something in it were worked out."""


class Texts:
    """Hostile texts, each with a mark of its own by which it is found on a page."""

    def __init__(self) -> None:
        self.marks: list[str] = []

    def __call__(self, name: str, *, ansi: bool = True) -> str:
        mark = f"mark-{name}-"
        self.marks.append(mark)
        return f"{mark} {PAYLOAD}{ANSI if ansi else ''} end"


def write_hostile_workbook(folder: Path) -> tuple[Path, Texts]:
    """Write the workbook with its requests, lists, votes and signatures; return it with the texts that it holds."""
    text = Texts()
    requests = 'requests <img src=x onerror=window.ran=1> "onload="x {{7}}.csv'
    _write_requests(folder / requests, text)
    incidents = 'incidents <svg onload=window.ran=1> "x".csv'
    (folder / incidents).write_text(
        "start,end,id,title,journeys\n"
        + _row("2026-03-10 10:00", "2026-03-10 12:00", "<i>7</i>", text("incident", ansi=False)[:118], "buy")
        + _row("never", "2026-03-10 12:00", "x", PAYLOAD + ANSI, "buy")
    )
    (folder / "tickets.csv").write_text("day,tickets\n2026-03-10,9\n" + _row(PAYLOAD, "<script>window.ran=1</script>"))
    document = _document(text, requests, incidents)
    workbook = folder / "workbook.yaml"
    workbook.write_text(json.dumps(document, ensure_ascii=True))
    _write_room(folder, workbook, text)
    return workbook, text


def _row(*cells: str) -> str:
    return ",".join('"' + cell.replace('"', '""') + '"' for cell in cells) + "\n"


def _write_requests(file: Path, text: Texts) -> None:
    routes = ["/orders", text("route"), "/a"]
    lines = []
    for day in range(56):
        for n in range(30):
            bad = (n + day) % 29 == 0 or (day == 8 and 5 < n < 20)
            cells = [f"2026-{3 + day // 28:02d}-{1 + day % 28:02d}T{n % 24:02d}:{n:02d}:00Z", routes[n % 3], "POST" if n % 2 else "<b>",
                     "503" if bad else "200", str(100 + 90 * n), f"<script>window.ran=1</script>{n}", "19.90"]  # fmt: skip
            lines.append(_row(*cells))
    lines += [
        _row("yesterday " + PAYLOAD + ANSI, PAYLOAD + ANSI, "GET", "200", "1", "u", "1"),
        _row("2026-03-05", PAYLOAD),
        PAYLOAD + ANSI + "\n",
    ]
    file.write_text("time,route,method,status,latency_ms,user,value\n" + "".join(lines))


def _diagram() -> str:
    label = '<script>window.ran=1</script> "onload="window.ran=1 javascript:window.ran=1 {{7*7}} ${7*7} </style> ]]>'
    return "\n".join(
        [
            "sequenceDiagram",
            f"  actor User as mark-actor- {label}",
            f"  participant S as mark-participant- {label}\x1b[31m",
            f"  User->>S: POST /orders mark-message- {label}\x1b[31m",
            f"  Note over User,S: mark-note- {label} <!-- <img src=//evil.example/n onerror=window.ran=1>",
            f"  alt mark-branch- {label}",
            f"    S-->>User: mark-answer- {label} </svg>",
            "  end",
            "  link User: x @ javascript:window.ran=1",
            '  click User href "javascript:window.ran=1"',
            f"  nonsense {label}",
            "%%{init: {'themeCSS': '*{background:url(//evil.example/z)}', 'securityLevel': 'loose'}}%%",
        ]
    )


def _document(text: Texts, requests: str, incidents: str) -> dict[str, object]:
    return {
        "service": {"name": "hostile", "title": text("title"), "description": text("service"), "owner": text("service-owner"), "currency": "<b>EUR"},
        "sources": {"requests": {"path": requests, "description": text("source")}},
        "incidents": incidents,
        "tickets": "tickets.csv",
        "journeys": [{
            "id": "buy", "name": text("journey"), "users": text("users"), "why": text("why"), "diagram": _diagram(),
            "dependencies": [{"name": text("dependency"), "target": "99.9%"}],
            "choice": {
                "decided_on": "2026-03-02", "decided_by": [text("decided-by")],
                "rejected": [{"id": "slow", "kind": "latency", "specification": text("rejected"), "reason": text("rejected-reason")}],
                "dissent": [{"about": "slow", "by": text("dissent-by"), "text": text("dissent")}],
            },
        }],
        "indicators": [{
            "id": "paid", "journey": "buy", "kind": "latency", "specification": text("specification"), "measured_at": "server_log",
            "source": "requests", "valid": "route = '/orders' or route <> '<script>window.ran=1</script>\"onload=\"x {{7*7}}'",
            "good": "status < 500 and route <> '</style><img src=//evil.example/p>'", "thresholds_ms": [2000], "arrows": [text("arrow")],
        }],
        "objectives": [
            {"id": "paid-28d", "indicator": "paid", "window": "28d", "target": "80%", "reason": text("reason"), "owner": text("owner"),
             "status": "proposed", "next_review": "2026-12-31"},
        ],
        "policy": {
            "agreed_by": [text("agreed-by")], "agreed_on": "2026-03-02", "exempt": text("exempt"),
            "clauses": [{"id": "stop", "budget_spent": "100%", "action": text("action"), "owner": text("clause-owner"), "escalation": text("escalation")}],
        },
        "exclusions": [{"start": "2026-03-20 02:00", "end": "2026-03-20 04:00", "reason": text("exclusion"), "author": text("exclusion-author")}],
        "risks": [{"id": "fire", "title": text("risk"), "minutes_to_detect": 5, "minutes_to_resolve": 60, "users_hit": "100%", "days_between": 90,
                   "mitigation": text("mitigation")}],
        "reviews": [{"date": "2026-02-01", "attendees": [text("attendee")], "findings": text("review"), "decisions": text("review-decision")}],
    }  # fmt: skip


def _write_room(folder: Path, workbook: Path, text: Texts) -> None:
    box = BallotBox(folder / "votes" / "buy")
    voter = "mark-voter- " + SHORT
    box.cast(
        Ballot.model_validate(
            {
                "journey": "buy",
                "participant": voter,
                "role": "<b>role",
                "cast_at": AT,
                "scores": {"slow": {"happiness": 5, "measurability": 3, "cost": 4}},
            }
        )
    )
    box.reveal(decided_candidates=["slow"], at=AT)
    dissent = RecordedDissent(journey="buy", participant=voter, dissent={"slow": text("recorded-dissent")})
    write_room_file(box.folder / "dissent" / file_name_of(voter), dissent)
    for n, decision in enumerate(("agree", "disagree")):
        record_signature(
            workbook, "paid-28d", participant=f"mark-signer-{n}- {SHORT}"[:80], role="mark-role- <img src=//evil.example/r>", at=AT, decision=decision,
            note=text(f"note-{n}"),
        )  # fmt: skip
    (folder / "signatures" / "paid-28d" / '<img src=x onerror="window.ran=1">.yaml').write_text(
        "!!python/object/apply:os.system ['touch ran']"
    )
