"""Each SMART rule has rows that pass and rows that fail, and says what is needed in words for people."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.domain.model import CRITERIA, ActionItem, Document, Verdict
from worker.domain.policy import SmartPolicy
from worker.domain.smart import hollow, judge, needs, soft, wording

TODAY = date(2026, 11, 20)
DOCUMENT = Document(title="Checkout returned 500s", incident_date=date(2026, 11, 3))
SLO = {"P1": 28, "P2": 56}


def verdicts(text: str = "Add an alert on queue depth", **parts: object) -> dict[str, Verdict]:
    settings = {name: parts.pop(name) for name in ("policy", "tracker_due", "owner_known", "owners") if name in parts}
    item = ActionItem(line=1, text=text, **parts)  # type: ignore[arg-type]  # parts are checked by name
    policy = settings.pop("policy", SmartPolicy())
    return dict(judge(item, DOCUMENT, policy=policy, slo_days=SLO, today=TODAY, **settings))  # type: ignore[arg-type]


RULES = {
    wording.no_words: (["Automate", "Fix it"], ["Automate canary deploys", "Add `restart: always`"]),
    wording.explores: (
        [
            "Investigate the timeout",
            "Look into better tooling",
            "Consider a second region",
            "We should think about caching",
            "Figure out a way to page sooner",
            "Explore options",
            "We should really look at the retries at some point",
            "Have a conversation about load",
            "Identify gaps in our monitoring",
            "Reach out to the vendor",
            "Continue to work on the migration so that it is safe",
        ],
        [
            "Identify the query that locks the table",
            "Write a guide for restoring a node",
            "Review the pool sizes of all three API servers",
        ],
    ),
    wording.betters: (
        [
            "Improve the deploy pipeline",
            "Better alerting",
            "We need better docs",
            "Enhance resilience",
            "More documentation",
        ],
        ["Improve the alerting so that the whole rota is paged", "Increase the pool to 40 connections", "Add an alert"],
    ),
    wording.loose: (
        ["Align on severity definitions", "Tighten up access controls", "Clarify responsibilities between the teams"],
        ["Clarify in the runbook who pages whom", "Tighten the firewall rule to port 443", "Block the port"],
    ),
    wording.qualities: (
        ["Make logs more useful", "Provide better documentation for the API", "Handle failures gracefully"],
        ["Make the client retry after 30 s", "Write the page on pagination", "Keep the last three images"],
    ),
    wording.passive: (
        ["Monitoring needs to be improved", "Alerts should be more actionable", "The runbook needs some love"],
        ["The probe should be moved to the edge", "An RFC on how failover should work"],
    ),
    wording.ensures: (
        ["Make sure this never happens again", "Ensure proper testing before releases", "Ensure quality"],
        ["Ensure the job runs on every node by pinning it", "Ensure `pool.max` is set", "Make sure pycurl is used"],
    ),
    wording.topic: (
        ["Training for on-call engineers", "Documentation", "Better communication between teams"],
        ["Training of 6 engineers on failover", "Documentation page `restore.md`"],
    ),
    wording.issues: (
        ["Resolve the underlying problems", "Fix known issues as they arise", "Clean up technical debt"],
        ["Fix the 14 issues of the appendix", "Fix the race in the lease code"],
    ),
    wording.hedged: (
        ["Should we use a managed queue?", "Somehow warn users about big imports"],
        ["Warn users about big imports"],
    ),
    wording.abstract: (
        ["Gain visibility into the batch jobs", "Set realistic expectations with partners", "Reduce noise in alerts"],
        [
            "Transfer ownership of the queue to the data team",
            "Reduce noise by deleting 12 alerts",
            "Document reliability",
        ],
    ),
    wording.careful: (
        [
            "Be more careful with migrations",
            "Pay more attention to warnings",
            "Remember to run the linter",
            "Take capacity planning more seriously",
            "Follow the process",
            "Share learnings from this incident",
            "Ask people to be available",
        ],
        ["Block a migration without a rollback", "Add a linter to CI"],
    ),
    wording.improvements: (["Health check improvements", "Database tuning"], ["Add a health check for the queue"]),
    wording.asks: (
        ["How do we find out sooner?", "Why was nobody paged"],
        ["Document how to restart a node", "Add a check?"],
    ),
    wording.graceful: (["Handle errors more gracefully", "Deploy more often"], ["Return 503 when the pool is empty"]),
    wording.unnamed_monitoring: (
        ["Add monitoring", "Implement proactive alerts", "Set up alerting"],
        ["Add monitoring for the queue depth", "Add alerts on 5xx responses"],
    ),
    wording.pronouns: (
        ["Fix this", "We need to clean it up so nobody trips", "Automate that."],
        ["Fix this query's plan", "Clean the cache directory up"],
    ),
    wording.vague_cjk: (["運用フローの改善", "設計検討"], ["キューの監視アラートを追加"]),
    wording.undecided: (
        ["Recycle nodes older than 3 days?", "Maybe page the on-call"],
        ["Ask the vendor whether logs are kept?", "Page the on-call"],
    ),
    wording.compares: (
        ["Make the API resilient", "Store the data somewhere more stable", "Make the output less verbose"],
        ["Add a probe so that we notice earlier", "Cut the p99 to 300 ms to be faster"],
    ),
    wording.amounts: (
        ["Reduce the timeout", "Speed up the deploys"],
        ["Reduce the timeout to 5 minutes", "Cap the pool"],
    ),
    wording.inspects: (
        ["Review the retry settings", "Diagnose the leak"],
        ["Review and merge the retry change", "Fix the leak"],
    ),
    wording.points_back: (
        ["Warn about failures like this one", "Prevent similar issues"],
        ["Warn about an empty pool"],
    ),
    wording.processes: (
        ["Define a process for incidents", "Establish an on-call culture"],
        ["Write the runbook for restoring a node"],
    ),
    wording.sweeping_measure: (["Always run the tests", "Never deploy on Fridays"], ["Run the tests in CI"]),
    wording.sweeping: (
        ["Add tests for all services", "Rewrite the scheduler", "Introduce blue/green deploys"],
        ["Add tests for the payment service", "Move the scheduler's lock to Redis"],
    ),
    wording.open_ended: (
        ["Keep an eye on the queue", "Improve communication", "Add monitoring"],
        ["Add an alert on the queue"],
    ),
    hollow.something: (
        ["Something about quotas", "Something needs to be done about restarts"],
        ["Write down something"],
    ),
    soft.thinks: (
        [
            "Team to explore feasibility of a second site",
            "Root cause the packet loss",
            "The onboarding flow needs to be looked at",
            "Carry out a review of the access rights",
            "Decide on next steps for the monolith",
            "Review of access rights",
            "Evaluating other vendors",
        ],
        [
            "Evaluate the proxy for two weeks and record the start-up times in the wiki",
            "Come up with a checklist for launches",
            "Pin the image",
        ],
    ),
    soft.bettering: (
        ["Streamlining of escalation paths", "Enhance the posture of the platform", "Upskill the operations centre"],
        ["Improve the login query by adding an index", "Tune the GC of the JVM to 4 GB", "Cut the retries to three"],
    ),
    soft.between_people: (
        ["Circle back with the vendor", "Get buy-in for the programme", "Chase infra"],
        ["Remind owners of open actions from a nightly job in `bot/remind.py`", "Send the form to the regulator"],
    ),
    soft.attitudes: (
        ["Be mindful of quota", "Strive for smaller changes", "Keep an eye on the queue", "Take greater care"],
        ["Keep the last three images", "Set the quota"],
    ),
    soft.copes: (
        [
            "Sort out the alert situation",
            "Handle edge cases",
            "Deal with the flaky link",
            "Bring the API up to standard",
        ],
        ["Handle an empty cart in the checkout client", "Close the port"],
    ),
    soft.ends_without_means: (
        ["Avoid manual steps", "Eliminate all weak spots in the network", "Minimise risk"],
        ["Avoid a second restart by keeping the lease for 30 s", "Remove the manual step from the deploy job"],
    ),
    hollow.empty_object: (
        ["Appropriate thresholds to be configured", "Put in place the necessary monitoring", "Adequate staffing"],
        ["Set the right shift to 4 people", "Configure a threshold of 300 s"],
    ),
    hollow.gaps: (["Monitoring gaps to be closed", "Cover edge cases"], ["Close the gap between `a` and `b`"]),
    hollow.observed: (
        ["The notice to players could have been quicker", "Rollout should be safer"],
        ["The disk could be 40 GB larger", "The probe should be moved"],
    ),
    hollow.better_things: (
        ["Nicer dashboards", "Closer cooperation with the vendor", "Regular syncs"],
        ["Add a dashboard", "Further split the 12 jobs"],
    ),
    hollow.which_ones: (["Fix flaky tests", "Update runbooks", "Add more alerts"], ["Fix the test `test_login`"]),
    hollow.kinds_of: (
        ["Avoid such misconfigurations in future", "Catch similar mistakes again"],
        ["Refuse such files by validating them before the merge"],
    ),
    hollow.states: (
        ["There is no owner for the queue", "We lack insight into the vendor", "Not enough people on the rota"],
        ["Name an owner for the queue"],
    ),
    hollow.wishes: (
        ["It would be nice to see the lag", "Might help to page sooner"],
        ["Show the lag on the dashboard"],
    ),
    hollow.habits: (
        ["Never deploy late", "Only merge small changes"],
        ["Block merges after 15:00", "Never above 300 s"],
    ),
    hollow.more_of: (["We need to write more documentation about it", "Run more drills"], ["Run 3 more drills in May"]),
    hollow.keeps: (["Keep customers informed", "Keep libraries up to date"], ["Keep the last 3 images up to date"]),
    hollow.all_is_well: (["Verify that backups are good", "Check the failover works"], ["Verify that `a` is correct"]),
    hollow.the_situation: (
        ["Ongoing: monitor the situation", "Fix the problem"],
        ["Fix the problem of the lost lease"],
    ),
    hollow.ongoing: (["Fix errors as they arise", "Answer tickets as and when"], ["Fix the error of the login page"]),
    hollow.open_how: (
        ["Canary tests - how to run them only for risky changes", "How do we notice sooner"],
        ["Document how to run the canary tests"],
    ),
    hollow.identifies: (["Identify features that we might want to switch off"], ["Identify the query that locks"]),
    hollow.ideals: (
        ["The queue is continuously tested", "Failures are not lost"],
        ["Set `pool` so that it is never empty", "The probe is moved to the edge"],
    ),
    hollow.thin: (
        ["Leverage chaos engineering", "Follow the runbook next time", "Automate where possible"],
        ["Automate the rotation of the VPN certificate", "Follow RFC 9110 in the proxy"],
    ),
    hollow.bare_topic: (["Disk clean up", "Load testing"], ["Enable IPv6", "Block Telnet", "Removed old keys"]),
}


@pytest.mark.parametrize(
    ("rule", "text"),
    [pytest.param(rule, text, id=f"{rule.__name__}: {text}") for rule, (fails, _) in RULES.items() for text in fails],
)
def test_a_rule_finds_the_words_that_break_it(rule: wording.Rule, text: str) -> None:
    span = rule(text)
    assert span
    assert span.casefold() in text.casefold()


@pytest.mark.parametrize(
    ("rule", "text"),
    [pytest.param(rule, text, id=f"{rule.__name__}: {text}") for rule, (_, passes) in RULES.items() for text in passes],
)
def test_a_rule_leaves_good_words_alone(rule: wording.Rule, text: str) -> None:
    assert rule(text) == ""


def test_every_rule_has_rows() -> None:
    used = {*wording.SPECIFIC, *soft.CLAIMS, *hollow.HOLLOW, hollow.ideals, *wording.MEASURABLE, *wording.ACHIEVABLE}
    assert used == set(RULES)


def test_a_complete_promise_needs_nothing() -> None:
    found = verdicts(owners=("ana",), due=date(2026, 12, 1), due_source="text: by 1 Dec")
    assert tuple(found) == CRITERIA
    assert {name: verdict.state for name, verdict in found.items()} == dict.fromkeys(CRITERIA, "pass")
    assert needs(found) == ()
    assert found["time_bound"].evidence == "by 1 Dec"
    assert found["specific"].evidence.startswith("Add an alert")


def test_a_bare_wish_needs_owner_date_and_step_in_this_order() -> None:
    found = verdicts("Improve monitoring")
    assert needs(found) == ("an owner", "a date", "a concrete step")
    assert all("SMART" not in (verdict.remedy or "") for verdict in found.values())


def test_what_cannot_be_checked_needs_a_done_when() -> None:
    found = verdicts("Make the API resilient to a key change", owners=("ana",), due=date(2026, 12, 1))
    assert needs(found) == ("a done-when",)
    assert found["measurable"].evidence == "resilient"


@pytest.mark.parametrize(
    ("owners", "state"),
    [
        pytest.param((), "fail", id="nobody"),
        pytest.param(("ana",), "pass", id="one person"),
        pytest.param(("ana", "bo"), "fail", id="two people"),
        pytest.param(("Platform team",), "pass", id="one named team"),
        pytest.param(("Team",), "fail", id="the team is nobody in particular"),
        pytest.param(("devs",), "fail", id="devs"),
        pytest.param(("any team member",), "fail", id="any member"),
        pytest.param(("آنا",), "pass", id="a name in Arabic"),
    ],
)
def test_one_owner_is_exactly_one(owners: tuple[str, ...], state: str) -> None:
    assert verdicts(owners=owners)["single_owner"].state == state


def test_policy_may_ask_for_a_person_where_a_team_is_named() -> None:
    policy = SmartPolicy(teams_may_own=False)
    item = verdicts(policy=policy, owners=("Platform team",))
    assert item["single_owner"].state == "fail"


def test_two_owners_need_one() -> None:
    assert needs(verdicts(owners=("ana", "bo"), due=date(2026, 12, 1))) == ("one owner",)


def test_an_owner_whom_nobody_knows_is_said_so() -> None:
    found = verdicts(owners=("zed",), owner_known=False)["single_owner"]
    assert found.state == "fail"
    assert "zed" in (found.remedy or "")


def test_the_issue_s_own_due_date_counts_first() -> None:
    found = verdicts(tracker_due=date(2026, 12, 9), due_problem="needs a date: ?")["time_bound"]
    assert (found.state, found.evidence) == ("pass", "the issue's due date, Wed 9 Dec 2026")


@pytest.mark.parametrize(
    ("parts", "state", "words"),
    [
        pytest.param({"due": date(2026, 12, 1)}, "pass", "", id="a date"),
        pytest.param({}, "fail", "needs a date: add", id="none"),
        pytest.param(
            {"due_problem": "needs a date: which?"}, "fail", "needs a date: which?", id="an unclear date asks"
        ),
        pytest.param({"priority": "P1"}, "proposed", "Tue 1 Dec 2026", id="the SLO proposes a date"),
        pytest.param({"priority": "P9"}, "fail", "needs a date: add", id="an unknown priority proposes none"),
        pytest.param({"text": "Pin the image before the next release"}, "pass", "", id="a milestone"),
        pytest.param({"text": "Long term: shard the database"}, "fail", "needs a date: add", id="long term is no date"),
    ],
)
def test_time_bound_is_a_day_a_milestone_or_a_proposal(parts: dict[str, object], state: str, words: str) -> None:
    found = verdicts(**{"text": "Pin the image", **parts})["time_bound"]  # type: ignore[arg-type]  # rows are mixed
    assert found.state == state
    assert words in (found.remedy or "")


def test_a_proposed_date_passes_only_where_policy_says_so() -> None:
    assert not verdicts(priority="P1")["time_bound"].passed
    assert verdicts(priority="P1", policy=SmartPolicy(slo_passes=True))["time_bound"].passed


def test_an_ignored_criterion_is_suppressed_and_passes() -> None:
    found = verdicts(policy=SmartPolicy(ignored=frozenset({"time_bound", "specific"})))
    assert (found["time_bound"].state, found["time_bound"].passed) == ("suppressed", True)
    assert found["specific"].state == "pass"
    assert needs(found) == ("an owner",)


def test_an_item_that_is_only_a_reference_is_not_judged_by_its_words() -> None:
    found = verdicts("https://t.example/a/b/issues/3", refs=("https://t.example/a/b/issues/3",), owners=("ana",))
    assert needs(found) == ("a date",)


@given(st.text(max_size=300), st.lists(st.text(max_size=20), max_size=3).map(tuple))
def test_any_words_get_six_verdicts_with_a_remedy_where_they_fail(text: str, owners: tuple[str, ...]) -> None:
    found = verdicts(text, owners=owners)
    assert tuple(found) == CRITERIA
    for verdict in found.values():
        assert verdict.state in {"pass", "fail", "proposed", "suppressed"}
        assert verdict.passed or verdict.remedy
