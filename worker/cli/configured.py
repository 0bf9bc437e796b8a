"""What does a command start from? Its settings, and for a role of the service its logs. Loads no tracker library."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import structlog
import typer

from worker.app.logs import set_up_logs
from worker.app.problems import ConfigError
from worker.app.settings import Settings, load_settings, require_trackers
from worker.cli.exits import USAGE, Stop

Config = Annotated[Path | None, typer.Option(help="The folder with followthrough.yaml.")]

log = structlog.get_logger("roles")


def settings_from(config: Path | None) -> Settings:
    """The settings of this command. Every problem of the files is printed at once; nothing is contacted before."""
    try:
        settings = load_settings(config, os.environ)
        require_trackers(settings)
    except ConfigError as err:
        raise Stop(str(err), USAGE) from None
    return settings


def service_settings(config: Path | None) -> Settings:
    """The settings of a part of the service, with logs set up and what is odd about the settings said there. Ends the
    command where there is nothing to serve."""
    settings = settings_from(config)
    set_up_logs(settings)
    for warning in settings.warnings:
        log.warning("settings", what=warning)
    return settings
