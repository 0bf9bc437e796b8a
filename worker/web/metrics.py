"""What does the web role count? Labels are taken from short fixed lists, never from what a stranger sends."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class WebMetrics:
    """The counters of one application in the given registry.

    `outcome` is marked, repeated, ignored, forged, oversize, slow, crowded, malformed, unavailable or broken-off.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self.webhooks = Counter(
            "followthrough_webhooks",
            "Webhook deliveries by what became of them.",
            ("site", "event", "outcome"),
            registry=registry,
        )
        self.seconds = Histogram(
            "followthrough_webhook_seconds",
            "Time from a webhook's headers to its answer.",
            ("site",),
            buckets=_BUCKETS,
            registry=registry,
        )
