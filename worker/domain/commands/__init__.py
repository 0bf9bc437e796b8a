"""What does a comment ask the service to do? `grammar` finds the lines, `readers` read words, `verbs` is the table."""

from worker.domain.commands.readers import Command
from worker.domain.commands.reading import fingerprints, parse_commands
from worker.domain.commands.verbs import BY_NAME, REVIEW, VERBS, Verb, form_of, help_text

__all__ = ["BY_NAME", "REVIEW", "VERBS", "Command", "Verb", "fingerprints", "form_of", "help_text", "parse_commands"]
