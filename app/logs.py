"""One JSON object a line instead of sentences, and in neither anything of a person: no address, no link.

What a program that serves writes is read by programs. Streamlit and uvicorn give each of their loggers a handler with a
format of its own, some of them late; so it is the loggers that see to the format, and this must come before they are made.
"""

import json
import logging
import time
import traceback
from typing import Any


class Line(logging.Formatter):
    """A record as one JSON object. Of an exception it has kind and places; its words may quote what someone typed."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "process": record.process,
            "message": record.getMessage(),
        }
        if record.exc_info and record.exc_info[0]:
            kind, _, trace = record.exc_info
            line["error"] = kind.__name__
            line["at"] = [f"{at.filename}:{at.lineno} {at.name}" for at in traceback.extract_tb(trace)]
            # Streamlit and others repeat the exception's words in their message.
            line["message"] = "An exception was not caught."
        return json.dumps(line)


class Logger(logging.Logger):
    """A logger all of whose handlers write JSON, whatever they were given."""

    def addHandler(self, hdlr: logging.Handler) -> None:  # noqa: N802
        hdlr.setFormatter(Line())
        super().addHandler(hdlr)


def begin(structured: bool) -> None:
    """Write the project's own log to standard error, and all logs as JSON where that is asked for."""
    logging.basicConfig(format="%(asctime)s %(message)s", level=logging.WARNING)
    logging.getLogger("ravine").setLevel(logging.INFO)
    if structured:
        logging.setLoggerClass(Logger)
        for handler in logging.getLogger().handlers:
            handler.setFormatter(Line())
