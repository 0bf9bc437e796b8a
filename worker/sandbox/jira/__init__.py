"""A Jira, as far as the service leans on one. `JiraSandbox` starts it, as a Cloud site or as a Data Center."""

from worker.sandbox.jira.sandbox import JiraSandbox
from worker.sandbox.running import Refusal

__all__ = ["JiraSandbox", "Refusal"]
