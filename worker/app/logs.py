"""What does the service's log look like, and what must never stand in it?

To standard error: one JSON object a line, or, on a terminal, one readable line. Library logs come the same way. Secrets
are masked in the finished line, so that they are out wherever they came in: a field, a message, a traceback. Tracebacks
carry no local variables.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
from collections.abc import Iterable, MutableMapping
from types import TracebackType
from typing import Any, TextIO
from urllib.parse import quote

import structlog
from structlog.typing import Processor

from worker.app.settings import Settings

MASK = "***"
_LEAST_MASKED = 6
# Whatever looks like a credential is masked too: one that came in an answer, or a former one.
_LOOKS_SECRET = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)"
    r"|\bgh[pousr]_[A-Za-z0-9]{20,}"
    r"|\bghs_[A-Za-z0-9._-]{20,}"
    r"|\bgithub_pat_[A-Za-z0-9_]{20,}"
    r"|\bATATT[A-Za-z0-9_=-]{20,}"
    r"|\bxox[abeoprs]-[A-Za-z0-9-]{10,}"
    r"|(?<=hooks\.slack\.com/services/)[A-Za-z0-9/]+"
    r"|(?i:(?<=bearer )|(?<=basic )|(?<=authorization: token ))[A-Za-z0-9._~+/=-]{16,}",
    re.DOTALL,
)
_URL_LOGIN = re.compile(r"(?<=://)[^/\s@\"']+@")
# Libraries that tell each request; their warnings are enough.
_CHATTY = ("urllib3", "github", "jira", "httpx", "httpcore", "asyncio", "uvicorn.access", "dramatiq")


class Masker:
    """Takes secrets out of a finished line, in each form in which they may stand there."""

    def __init__(self, secrets: Iterable[str]) -> None:
        forms: set[str] = set()
        for secret in secrets:
            for part in {secret, *secret.splitlines()}:
                if len(part.strip()) >= _LEAST_MASKED and not part.startswith("-----"):
                    forms |= {part, json.dumps(part)[1:-1], json.dumps(part, ensure_ascii=False)[1:-1]}
                    forms |= {quote(part, safe=""), quote(part), repr(part)[1:-1]}
        # The longest first: a secret may begin with another one.
        ordered = sorted(forms, key=lambda form: (-len(form), form))
        self._known = re.compile("|".join(map(re.escape, ordered))) if ordered else None

    def __call__(self, line: str) -> str:
        line = _URL_LOGIN.sub(f"{MASK}@", _LOOKS_SECRET.sub(MASK, line))
        return line if self._known is None else self._known.sub(MASK, line)


class _Formatter(structlog.stdlib.ProcessorFormatter):
    """structlog's formatter for everything that goes through `logging`, with secrets masked at the very end."""

    def __init__(self, masker: Masker, shared: list[Processor], last: list[Processor]) -> None:
        super().__init__(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
        self._masker = masker

    def format(self, record: logging.LogRecord) -> str:
        return self._masker(super().format(record))


def set_up_logs(settings: Settings, stream: TextIO | None = None, *, pretty: bool | None = None) -> None:
    """Send all logs of this process to `stream` (standard error), masked. `pretty` None: where it is a terminal.

    May be called again; the last call counts.
    """
    out = stream or sys.stderr
    readable = out.isatty() if pretty is None else pretty
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        _without_colors,
        structlog.processors.TimeStamper(fmt="%H:%M:%S" if readable else "iso", utc=not readable),
        structlog.processors.StackInfoRenderer(),
    ]
    last: list[Processor]
    if readable:
        # The plain formatter: the rich one prints the local variables, and with them the secrets.
        renderer = structlog.dev.ConsoleRenderer(
            colors=out.isatty(), exception_formatter=structlog.dev.plain_traceback, sort_keys=True
        )
        last = [renderer]
    else:
        last = [
            structlog.processors.format_exc_info,
            structlog.processors.EventRenamer("event"),
            structlog.processors.JSONRenderer(sort_keys=True, ensure_ascii=False, default=str),
        ]
    handler = logging.StreamHandler(out)
    handler.setFormatter(_Formatter(Masker(settings.secrets), shared, last))
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(settings.log_level.upper())
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        # Modules take their logger before this runs; a cached one would keep the old set-up.
        cache_logger_on_first_use=False,
    )
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread


def _without_colors(_logger: object, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """uvicorn says its messages a second time, with the colours of a terminal."""
    event.pop("color_message", None)
    return event


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    structlog.get_logger("process").critical("uncaught", exc_info=(kind, error, trace))


def _uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None and not issubclass(args.exc_type, SystemExit):
        name = args.thread.name if args.thread else ""
        info = (args.exc_type, args.exc_value, args.exc_traceback)
        structlog.get_logger("process").critical("uncaught", thread=name, exc_info=info)
