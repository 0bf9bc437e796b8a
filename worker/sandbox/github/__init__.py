"""A GitHub, as far as the service leans on one. `GitHubSandbox` starts it."""

from worker.sandbox.github.sandbox import GitHubSandbox
from worker.sandbox.running import Refusal

__all__ = ["GitHubSandbox", "Refusal"]
