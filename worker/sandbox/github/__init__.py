"""A GitHub, as far as the service leans on one. `GitHubSandbox` starts it."""

from worker.sandbox.github.sandbox import GitHubSandbox, Refusal

__all__ = ["GitHubSandbox", "Refusal"]
