"""A tracker on this machine, over real HTTP: for trying the service out, and for testing it without the real thing.

    from worker.sandbox.github import GitHubSandbox

    with GitHubSandbox(port=0, seed={"repos": [{"name": "acme/incidents", "collaborators": {"alice": "write"}}],
                                     "tokens": [{"token": "t", "login": "alice"}]}) as sandbox:
        sandbox.url, sandbox.api_url          # http://127.0.0.1:PORT, and the same with /api/v3 for Github(base_url=…)
        sandbox.act("alice", "POST", "/repos/acme/incidents/issues", {"title": "Checkout was down"})   # as a person
        sandbox.graphql("alice", "{ viewer { login } }")
        sandbox.clock.set(datetime(2026, 11, 3, 9, tzinfo=UTC))      # stands still until set again; rate=60 runs fast
        sandbox.faults.add("502-after", method="POST", path="/comments$", nth=2)
        sandbox.add_hook("http://127.0.0.1:8080/hooks/github", secret="s3cret"); sandbox.drain_webhooks()
        sandbox.state()["issues"]["acme/incidents#1"], sandbox.writes(user="alice"), sandbox.requests()

Without a seed it holds `default_seed.yaml`. Both `/api/v3/…` with `/api/graphql` (Enterprise) and `/repos/…` with
`/graphql` work, and URLs in answers follow the one that was used. From outside, `/_sandbox/…` steers it: see `control`;
what can go wrong: see `faults`; what a seed may say: see `github.seed`. Limits of 80 writes a minute and 500 an hour
are on, by the sandbox's clock: a test that writes more at one frozen instant advances the clock, or says
`limits: {writes_per_minute: null, writes_per_hour: null}`.

Covered: what the service needs of issues, comments, labels, milestones, reactions, sub-issues, timeline, accounts,
repositories, App installations, webhooks, rate limits and conditional requests. The shapes are checked in
`tests/sandbox` with PyGithub and with the models that githubkit generates from GitHub's own OpenAPI description; the
GraphQL schema with GitHub's published one (`tests/sandbox/test_published_schema.py`, where that file is at hand).

Not covered: search, pull requests beyond their place in lists of issues, issue types, issue fields, dependencies and
projects, teams, minimized or pinned comments, media types (`body_html`), GraphQL timelines and reactions, the GraphQL
cost model (each request costs 1), delays of replication (reads see writes at once), pings, the REST API of deliveries,
and secondary limits on concurrency and CPU time. Where GitHub's own behaviour is not documented, the sandbox chooses: a
link refused at a create leaves no issue behind; adding or removing a sub-issue answers with the parent; editing or
deleting a comment, and being referred to, mark the issue as updated.

Shared by all trackers: `clock`, `faults`, `journal`, `seeds`, `server`, `wire`, `control`. Nothing here imports the
service.
"""

from worker.sandbox.errors import SandboxError

__all__ = ["SandboxError"]
