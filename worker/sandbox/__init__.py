"""Trackers on this machine, over real HTTP: for trying the service out, and for testing it without the real things.

A GitHub:

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

Covered by it: what the service needs of issues, comments, labels, milestones, reactions, sub-issues, dependencies,
timeline, accounts, repositories, App installations, webhooks, rate limits and conditional requests; of pull requests
and commits what issues notice of them (`POST /repos/{}/pulls`, `PUT …/pulls/{}/merge`, `POST …/git/commits`); of
projects an issue's fields, by GraphQL (in short `sandbox.plan("alice", "acme/pay#3", Status="Done")`). The shapes are
checked in `tests/sandbox` with PyGithub and with the models that githubkit generates from GitHub's own OpenAPI
description; the GraphQL schema with GitHub's published one (`tests/sandbox/test_published_schema.py`, where that file
is at hand).

Not covered by the GitHub: search, reviews and branches, issue types, issue fields, minimized or pinned comments, media
types (`body_html`), reactions in GraphQL, the GraphQL cost model (each request costs 1), delays of replication (reads
see writes at once), pings, the REST API of deliveries, and secondary limits on concurrency and CPU time. Where GitHub's
own behaviour is not documented, the sandbox chooses: a link refused at a create leaves no issue behind; adding or
removing a sub-issue answers with the parent; editing or deleting a comment, and being referred to, mark the issue as
updated.

A Jira, as a Cloud site or as a Data Center:

    from worker.sandbox.jira import JiraSandbox

    with JiraSandbox(face="cloud") as sandbox:                       # or "datacenter"
        sandbox.url, sandbox.gateway_url             # http://127.0.0.1:PORT, and where scoped tokens are taken
        sandbox.token_of("alice"), sandbox.email_of("alice"), sandbox.account_id("alice")
        sandbox.act("alice", "POST", "/issue/OPS-1/comment", {"body": "ft track"})   # as a person; texts are wiki text
        sandbox.index_lag = timedelta(minutes=5)                     # a search sees a change only that much later
        sandbox.move("OPS-1", "PAY"); sandbox.rename("OPS", "INC")   # old keys go on to answer
        sandbox.act("alice", "POST", "/rest/agile/1.0/sprint/1/issue", {"issues": ["PAY-1"]})
        sandbox.develop("PAY-1", merged=1, commits=2)                # what the development panel shows
        sandbox.state()["issues"]["OPS-1"]["properties"], sandbox.writes(user="followthrough")

The clock, the faults, the log, hooks and reset are as above. /rest/api/2 and /rest/api/3 answer on Cloud, also below
/ex/jira/CLOUD_ID as the gateway has them; /rest/api/2 on Data Center. What a seed may say: see `jira.seed` and
`jira.seed_projects`; what can be steered from outside: see `jira.site`. Limits are off unless the seed names them.

Covered by it: issues with fields, screens, required fields and metadata, history, comments, entity properties, links,
remote links, versions, sprints, the development panel's field, sub-tasks and epics, workflows with screens, JQL over
an index that lags, `search/jql` with tokens and `search` with numbers, bulkfetch, people, permissions by role,
security levels, company- and team-managed projects, public ones, moved issues and renamed projects, both bodies
(documents and wiki text), signed webhooks with retries, burst limits and quotas. The shapes are checked in
`tests/sandbox/jira` with python-jira, with the types that jira.js publishes (`test_published_types.py`, where that
package is at hand), and by the field names of a recording of a Cloud site in the tests of atlassian-python-api. No
recording of a Data Center was found: its face rests on its documentation, on python-jira, and on what differs from
Cloud.

Not covered by the Jira: attachments, votes, watchers, worklogs and time tracking (their fields are not shown), boards,
groups, dashboards, filters, administration, the old create metadata, `issue/bulk`, JQL's WAS and CHANGED and its
search in entity properties, custom fields beyond text, number, date, option, labels and one person, wiki macros beyond
code, quote and panels, contexts and conditions of workflows, mail (so `notifyUsers` shows only in who may use it), the
events of links, properties and projects, OAuth and Connect, the CAPTCHA itself, a site that changes its address, and
costs in points. Where Jira's own behaviour is not documented, the sandbox chooses: the limit of 32,767 characters
counts a document's words with their wiki marks; links, also remote ones, mark both issues as updated, properties do
not; a search that is continued by a token goes on behind the last issue given out; a moved issue keeps its status
where the other workflow has one of the same name, else it begins anew.

Shared by all trackers: `clock`, `faults`, `journal`, `seeds`, `server`, `wire`, `control`, `outbox`, `running`. Nothing
here imports the service.
"""

from worker.sandbox.errors import SandboxError

__all__ = ["SandboxError"]
