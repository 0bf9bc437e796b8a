"""Every mistake is refused before anything is contacted, at its place, with what to do."""

# ruff: noqa: E501  a table with one rule a row is easier to read than a tidy one

from __future__ import annotations

from pathlib import Path

import pytest

from tests.app.conftest import TOKEN, Refuse
from worker.app.problems import ConfigError
from worker.app.settings import load_policy, load_settings

TEAM = "people: {lena: {}}\nteams: {t: {lead: lena}}\n"


@pytest.mark.parametrize(
    ("file", "text", "line"),
    [
        pytest.param("policy", "labl: x", "1:1: unknown key `labl`; did you mean `label`?", id="unknown key"),
        pytest.param(
            "policy", "ladder:\n  gap_days: 2", "2:3: unknown key `gap_days` under `ladder`", id="unknown key in a block"
        ),
        pytest.param(
            "policy",
            "gap_working_days: 3",
            "1:1: `gap_working_days` does not belong here; it is `ladder.gap_working_days`",
            id="key at the wrong level",
        ),
        pytest.param(
            "people", TEAM.replace("lena}}", "lena, mode: quiet}}"),
            "2:31: teams.t.mode: `quiet` is none of `observe`, `comment`, `live`", id="a team's mode is one of three",
        ),
        pytest.param("followthrough", "web: {public_address: x}", "1:7: unknown key `public_address` under `web`", id="an address by another name"),
        pytest.param(
            "followthrough", "label: x", "1:1: `label` does not belong here; it is `label` of policy.yaml",
            id="key of another file",
        ),
        pytest.param("policy", "rules: {blame/human: ignore}", "1:9: rules.blame/human: there is no rule `blame/human`; did you mean `blame/human-error`?", id="no such rule"),
        pytest.param("policy", "rules: {blame: loud}", "1:16: rules.blame: `loud` is none of `ignore`, `note`, `warning`, `error`", id="no such level"),
        pytest.param("policy", "label: a\nlabel: b", "2:1: `label` stands here a second time (first in line 1)", id="twice"),
        pytest.param("policy", "settle_minutes: soon", "1:17: settle_minutes: expected a whole number, found `soon`", id="type"),
        pytest.param("policy", "settle_minutes: 1.5", "1:17: settle_minutes: expected a whole number", id="fraction"),
        pytest.param("policy", "settle_minutes: yes", "1:17: settle_minutes: expected a whole number", id="yes is no number"),
        pytest.param("policy", 'settle_minutes: "5"', "1:17: settle_minutes: expected a whole number, found `5`; remove the quotes", id="quoted number"),
        pytest.param("policy", "settle_minutes: -5", "1:17: settle_minutes: must be at least 0, is -5", id="negative duration"),
        pytest.param("policy", "digest: {hour: 08}", "1:16: digest.hour: expected a whole number, found `08`; remove the leading zero", id="08 is no octal number"),
        pytest.param("policy", "digest: {hour: 010}", "1:16: digest.hour: expected a whole number, found `010`", id="010 is not eight"),
        pytest.param("policy", "digest: {hour: 8:30}", "1:16: digest.hour: expected a whole number, found `8:30`", id="8:30 is not 510"),
        pytest.param("policy", "ladder: 5", "1:9: ladder: expected a block of keys", id="number for a block"),
        pytest.param("policy", "day_first: perhaps", "1:12: day_first: expected true or false, found `perhaps`", id="no boolean"),
        pytest.param("policy", "label: no", '1:8: label: YAML reads `no` as a yes or no, not as text; put it in quotes: "no"', id="no"),
        pytest.param("policy", "label: on", '1:8: label: YAML reads `on` as a yes or no, not as text; put it in quotes: "on"', id="on"),
        pytest.param("policy", "label: 2026-12-01", '1:8: label: YAML reads `2026-12-01` as a date, not as text; put it in quotes: "2026-12-01"', id="date for text"),
        pytest.param("policy", "label: 7", '1:8: label: YAML reads `7` as a number, not as text; put it in quotes: "7"', id="number for text"),
        pytest.param("policy", 'label: ""', "1:8: label: must not be empty", id="empty label"),
        pytest.param("policy", 'label: "a\\nb"', "1:8: label: must be one line of text", id="line end in a label"),
        pytest.param("policy", "item_label: PostMortem", "1:13: `label` and `item_label` must differ", id="one label for both"),
        pytest.param("policy", "holidays: [2026-02-30]", "1:12: holidays: `2026-02-30` is not a day", id="30 February"),
        pytest.param("policy", "holidays: [12-24]", "1:12: holidays: `12-24` is not a day", id="day without a year"),
        pytest.param("policy", "holidays: [2026-12-24T10:00:00]", "1:12: holidays: `2026-12-24T10:00:00` is not a day", id="moment for a day"),
        pytest.param("policy", "holidays: 2026-12-24", "1:11: holidays: expected a list; write [2026-12-24]", id="one value for a list"),
        pytest.param("policy", "slo_days: {P1: 30, P2: 7}", "1:24: P2 would have less time (7 days) than P1 (30)", id="urgent gets longer"),
        pytest.param(
            "policy",
            "ladder:\n  rungs:\n    - {after_days: 8, role: owner}\n    - {after_days: 3, role: lead}",
            "4:20: the ladder goes down: this rung comes after 3 days, the one before it after 8",
            id="a ladder that goes down in days",
        ),
        pytest.param(
            "policy",
            "ladder:\n  rungs:\n    - {after_days: 1, role: owner}\n    - {after_days: 3, role: director}\n"
            "    - {after_days: 9, role: lead}",
            "5:29: the ladder goes down: from the director to the lead",
            id="a ladder that goes down in people",
        ),
        pytest.param(
            "policy", "ladder: {rungs: [{after_days: 1, role: lead}]}", "1:40: the ladder begins at the lead; the owner must hear first",
            id="the owner is passed over",
        ),
        pytest.param("policy", "ladder: {rungs: []}", "1:17: a ladder needs at least one rung", id="no rung"),
        pytest.param("policy", "ladder: {rungs: [{role: owner}]}", "1:18: `ladder.rungs` needs `after_days`", id="rung without days"),
        pytest.param("policy", "ladder: {rungs: [{after_days: 1, role: boss}]}", "1:40: ladder.rungs.role: `boss` is none of `owner`, `lead`, `director`", id="unknown role"),
        pytest.param("policy", "review: {last_day: 20}", "1:20: the window ends (day 20) before it starts (day 28)", id="window ends before it starts"),
        pytest.param("policy", "review: {last_day: 30}", "1:20: the window is shorter than a week", id="window without the weekday"),
        pytest.param("policy", "review: {hour: 23, minutes: 90}", "1:29: the review would end after midnight", id="review over midnight"),
        pytest.param("policy", "review: {weekday: tusday}", "1:19: review.weekday: `tusday` is not a weekday; did you mean `tuesday`?", id="weekday"),
        pytest.param("policy", 'review: {blackouts: [{from: "02-30", to: "03-01"}]}', "1:29: review.blackouts.from: `02-30` is not a month and day", id="blackout on no day"),
        pytest.param("policy", 'review: {blackouts: [{from: "01-01", to: "12-31"}]}', "1:21: the blackouts leave no day", id="blackout all year"),
        pytest.param("followthrough", "mode: lve", "1:7: mode: `lve` is none of `observe`, `comment`, `live`; did you mean `live`?", id="mode"),
        pytest.param("followthrough", "sites: {corp: {}}", "1:9: `sites.corp` needs `kind: github` or `kind: jira`", id="site of no kind"),
        pytest.param("followthrough", "sites: {Corp: {kind: github}}", "1:9: `Corp` can't name a site", id="name of a site"),
        pytest.param("followthrough", "sites: {github: {url: https://x.example}}", "1:18: `url` belongs to a site of kind jira, `github` is of kind github; did you mean `api_url`?", id="key of the other kind"),
        pytest.param("followthrough", "sites: {sweep: {kind: github}}", "1:9: `sweep` can't name a site, because the service itself uses that word", id="site named like a unit"),
        pytest.param("followthrough", "sites: {jira: {repositories: [acme/pay]}}", "1:16: `repositories` belongs to a site of kind github, `jira` is of kind jira; did you mean `projects`?", id="repositories on a Jira"),
        pytest.param("followthrough", "sites: {jira: {web_url: https://x.example}}", "1:16: `web_url` belongs to a site of kind github, `jira` is of kind jira; did you mean `url`?", id="browsing address on a Jira"),
        pytest.param("followthrough", "sites: {github: {projects: {OPS: {}}}}", "1:18: `projects` belongs to a site of kind jira, `github` is of kind github; did you mean `repositories`?", id="projects on a GitHub"),
        pytest.param("followthrough", "sites: {github: {waived: [Declined]}}", "1:18: `waived` belongs to a site of kind jira", id="resolutions on a GitHub"),
        pytest.param("followthrough", "sites: {jira: {deployment: server}}", "1:28: sites.jira.deployment: `server` is none of `cloud`, `datacenter`", id="deployment"),
        pytest.param("followthrough", "sites: {jira: {url: https://acme.atlassian.net/jira/software/projects/OPS}}", "1:21: url: write the address of the site alone: https://acme.atlassian.net", id="a page of Cloud"),
        pytest.param("followthrough", "sites: {jira: {url: https://work.example/jira/browse/OPS-1}}", "1:21: url: write the address of the site alone: https://work.example/jira", id="a page of Data Center"),
        pytest.param("followthrough", "sites: {jira: {url: https://api.atlassian.com/ex/jira/11}}", "1:21: url: this is the gateway of scoped tokens; it belongs into `api_url`", id="gateway for the site"),
        pytest.param("followthrough", "sites: {jira: {api_url: https://api.atlassian.com}}", "1:25: api_url: write https://api.atlassian.com/ex/jira/CLOUD-ID", id="gateway without the site"),
        pytest.param("followthrough", "sites: {jira: {projects: [OPS, pay]}}", "1:32: sites.jira.projects: `pay` is not a project's key; did you mean `PAY`?", id="project in small letters"),
        pytest.param("followthrough", "sites: {jira: {projects: [OPS, Pay-1]}}", "1:32: sites.jira.projects: `Pay-1` is not a project's key; write it like `OPS`", id="an issue for a project"),
        pytest.param("followthrough", "sites: {jira: {projects: [OPS, NO]}}", "1:32: sites.jira.projects: YAML reads `NO` as a yes or no", id="project NO"),
        pytest.param("followthrough", "sites: {jira: {projects: OPS}}", "1:26: sites.jira.projects: expected a list; write [OPS]", id="one project for a list"),
        pytest.param("followthrough", "sites: {jira: {projects: [OPS, {PAY: {watch: false}}]}}", "1:32: sites.jira.projects: expected text", id="list and names mixed"),
        pytest.param("followthrough", "sites:\n  jira:\n    projects:\n      pay: {}", "4:7: sites.jira.projects.pay: `pay` is not a project's key; did you mean `PAY`?", id="project's name in small letters"),
        pytest.param("followthrough", "sites:\n  jira:\n    token: x", "3:5: `token` does not stand here: credentials come from the environment, as JIRA_EMAIL and JIRA_API_TOKEN, or JIRA_PAT", id="a credential in the file"),
        pytest.param("followthrough", "sites:\n  jira:\n    projects:\n      PAY: {isue_type: Bug}", "4:13: unknown key `isue_type` under `sites.jira.projects.PAY`; did you mean `issue_type`?", id="unknown key of a project"),
        pytest.param("followthrough", "sites:\n  jira:\n    projects:\n      PAY:\n        done: {resolutoin: Done}", "5:16: unknown key `resolutoin` under `sites.jira.projects.PAY.done`; did you mean `resolution`?", id="unknown key of a transition"),
        pytest.param("followthrough", "sites: {jira: {projects: {PAY: {watch: 1}}}}", "1:40: sites.jira.projects.PAY.watch: expected true or false, found `1`", id="watch is yes or no"),
        pytest.param("followthrough", "sites: {jira: {projects: {PAY: Task}}}", "1:32: sites.jira.projects.PAY: expected a block of keys", id="text for a project"),
        pytest.param("followthrough", "sites: {jira: {projects: {PAY: {due_field: Due date}}}}", "1:44: sites.jira.projects.PAY.due_field: `Due date` is not a field's id; write e.g. `customfield_10042`", id="a field by its name"),
        pytest.param("followthrough", "sites: {jira: {projects: {PAY: {fields: {Severity: {value: High}}}}}}", "1:42: sites.jira.projects.PAY.fields.Severity: `Severity` is not a field's id", id="a required field by its name"),
        pytest.param("followthrough", "sites: {jira: {projects: {PAY: {fields: {issuetype: {name: Bug}}}}}}", "1:42: `issuetype` is written by the service itself; use `issue_type`", id="a field of ours"),
        pytest.param("followthrough", "sites: {jira: {projects: {PAY: {fields: {customfield_1: .nan}}}}}", "1:41: sites.jira.projects.PAY.fields: `nan` is not a number that Jira can be sent", id="no number"),
        pytest.param("followthrough", "sites: {jira: {projects: {PAY: {priorities: {High: Critical}}}}}", "1:46: `High` is no priority of ours; write P0, P1, P2 or P3", id="priority of theirs"),
        pytest.param("followthrough", "sites: {jira: {waived: []}}", "1:24: nothing could ever be let go; remove `waived`", id="nothing is waived"),
        pytest.param("followthrough", "sites: {jira: {writes_per_minute: 3000}}", "1:35: 2000 writes an hour are fewer than the 3000 a minute", id="a Jira's fewer an hour than a minute"),
        pytest.param("followthrough", "ledger: jira:ops\nsites: {jira: {projects: [OPS]}}", "1:9: `ops` is no project's key; write e.g. `jira:OPS`", id="ledger in a project in small letters"),
        pytest.param("followthrough", "sites: {github: {api_url: github.example}}", "1:27: sites.github.api_url: `github.example` is not an http(s) URL", id="URL without a scheme"),
        pytest.param("followthrough", "sites: {github: {repositories: [acme]}}", "1:33: sites.github.repositories: `acme` is not a repository; write `owner/name`", id="repository without an owner"),
        pytest.param("followthrough", "sites: {github: {timeout_s: 60}}\nengine: {lease_s: 60}", "1:29: a request may take 60 s, as long as a lease", id="timeout as long as a lease"),
        pytest.param("followthrough", "sites: [github]", "1:8: `sites` must hold names, each with keys below it", id="list for names"),
        pytest.param("followthrough", "ledger: githb:acme/ops", "1:9: there is no site `githb` (there are: github); did you mean `github`?", id="ledger on an unknown site"),
        pytest.param("followthrough", "ledger: acme/ops", "1:9: `acme/ops` names no site; write e.g. `github:acme/ops`", id="ledger on no site"),
        pytest.param("followthrough", "mail: {from: nobody}", "1:14: mail.from: 'nobody' is no sender of mail", id="sender"),
        pytest.param("followthrough", "web: {port: 99999}", "1:13: web.port: must be at most 65535, is 99999", id="port"),
        pytest.param("followthrough", "engine: {writes_per_minute: 80, writes_per_hour: 10}", "1:50: allows fewer writes an hour", id="fewer an hour than a minute"),
        pytest.param("followthrough", "engine: {sweep_minutes: 90, full_sweep_hours: 1}", "1:25: is longer than `full_sweep_hours`", id="short sweep longer than the full one"),
        pytest.param("people", "defaults: {country: NO}", '1:21: defaults.country: YAML reads `NO` as a yes or no, not as text; put it in quotes: "NO"', id="Norway"),
        pytest.param("people", "defaults: {country: de}", "1:21: defaults.country: `de` is not a country's two-letter code; did you mean `DE`?", id="country in small letters"),
        pytest.param("people", "defaults: {timezone: Europe/Berln}", "1:22: defaults.timezone: there is no time zone `Europe/Berln`; did you mean `Europe/Berlin`?", id="time zone"),
        pytest.param("people", "defaults: {country: DE, region: XX}", "1:33: `XX` is no region of DE", id="region"),
        pytest.param("people", "people: {al: {hours: 17:00-09:00}}", "1:22: people.al.hours: the hours end before they start", id="hours end before they start"),
        pytest.param("people", "people: {al: {leave: [{from: 2026-12-24, to: 2026-12-20}]}}", "1:46: the leave ends (2026-12-20) before it starts (2026-12-24)", id="leave ends before it starts"),
        pytest.param("people", "people: {al: {email: al at example.org}}", "1:22: people.al.email: `al at example.org` is not a mail address", id="mail address"),
        pytest.param("people", "people: {al: {working_days: []}}", "1:29: no working day at all", id="no working day"),
        pytest.param("people", "people: {al: {lead: al}}", "1:21: nobody is their own lead", id="own lead"),
        pytest.param("people", "people: {alice: {}, al: {lead: alcie}}", "1:32: `alcie` is not among the people of this file; did you mean `alice`?", id="unknown lead"),
        pytest.param("people", "people: {al: {team: x}}\nteams: {}", "1:21: `x` is not among the teams of this file", id="unknown team"),
        pytest.param("people", "people: {a:b: {}}", "1:10: `a:b` can't be an id", id="id that would break a key"),
        pytest.param("people", "people: {al: {github: Octo}, bo: {github: octo}}", "1:43: `al` has this login on github too", id="one login for two"),
        pytest.param("people", "people: {al: {github: octo}, bo: {logins: {github: octo}}}", "1:52: `al` has this login on github too", id="one login for two, written differently"),
        pytest.param("people", "people: {al: {email: X@example.org}, bo: {email: x@example.org}}", "1:50: `al` has this mail address too", id="one mail address for two"),
        pytest.param("people", "people: {al: {logins: {gitlab: al}}}", "1:32: `gitlab` is not among the sites of this file", id="login on an unknown site"),
        pytest.param("people", "people: {al: {lead: bo}, bo: {lead: al}}", "1:21: the leads go round in a circle: al → bo → al", id="leads in a circle"),
        pytest.param("people", "teams:\n  pay: {name: P}", "2:3: `teams.pay` needs `lead`", id="a team without a lead"),
        pytest.param("people", "teams: {pay: {lead: lena}}", "1:21: `lena` is not among the people", id="a lead who is nobody"),
        pytest.param("people", TEAM.replace("lead: lena", "lead: lena, items: githb:a/b"), "2:32: there is no site `githb`", id="items on an unknown site"),
        pytest.param("people", TEAM.replace("lead: lena", "lead: lena, repositories: [jria:OPS]"), "2:40: there is no site `jria`", id="a team's project on an unknown site"),
        pytest.param("people", TEAM.replace("lead: lena", "lead: lena, repositories: [github:OPS]"), "2:40: `OPS` is no repository", id="a team's project on GitHub"),
        pytest.param("people", TEAM.replace("lead: lena", "lead: lena, items: github:OPS"), "2:32: `OPS` is no repository", id="a project on GitHub"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place_and_a_remedy(refuse: Refuse, file: str, text: str, line: str) -> None:
    told = refuse(**{file: text})
    assert len(told) == 1, told
    assert told[0].startswith(f"{file}.yaml:{line}")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param("label: x\n\tfoo: y\n", "2:1: a tab; YAML is indented with spaces alone", id="tab"),
        pytest.param("label: [x\nfoo: y\n", "2:4: expected ',' or ']'", id="open bracket"),
        pytest.param("label: a: b\n", "1:9: a colon in an unexpected place", id="stray colon"),
        pytest.param("label: x\n---\nlabel: y\n", "2:1: a second document begins here", id="second document"),
        pytest.param("- a\n", "1:1: expected keys with values", id="a list as the whole"),
        pytest.param("label: \x01\n", "1:8: a character that YAML does not allow", id="control character"),
        pytest.param("label: !!python/name:os.system ls\n", "1:8: the tag `!!python/name:os.system` is not allowed", id="tag"),
        pytest.param("smart:\n  <<: {slo_passes: true}\n", "2:3: `<<` is not supported", id="merge key"),
        pytest.param("smart: &a\n  ignored: *a\n", "1:8: this contains itself", id="recursion"),
        pytest.param("? [a]\n: b\n", "1:3: a key must be a single word", id="list as a key"),
        pytest.param("[" * 5000, "1:1: nested too deeply", id="deep nesting"),
        pytest.param(
            "smart:\n  ignored:\n    - &a [x,x,x,x,x,x,x,x,x]\n    - &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
            "    - &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n    - &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n"
            "    - &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\n    - [*e,*e]\n",
            "3:27: aliases make this file too large",
            id="alias bomb",
        ),
    ],
)  # fmt: skip
def test_what_is_not_plain_yaml_is_told_with_its_place(refuse: Refuse, text: str, line: str) -> None:
    told = refuse(policy=text)
    assert told[0].startswith(f"policy.yaml:{line}"), told


def test_all_mistakes_of_all_files_are_told_at_once_in_order(refuse: Refuse) -> None:
    told = refuse(
        {**TOKEN, "FOLLOWTHROUGH_MODE": "liv"},
        followthrough="mode: x\nweb: {port: abc}\n",
        policy="labl: x\n",
        people="teams: {pay: {items: nowhere}}\npeople: {al: {team: pya, hurs: 1}}\n",
    )
    assert [line.split(" ")[0] for line in told] == [
        "followthrough.yaml:1:7:",
        "followthrough.yaml:2:13:",
        "people.yaml:1:9:",
        "people.yaml:1:22:",
        "people.yaml:2:21:",
        "people.yaml:2:26:",
        "policy.yaml:1:1:",
        "environment:",
    ]


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        pytest.param("FOLLOWTHROUGH_MODE", "liv", "did you mean `live`?", id="mode"),
        pytest.param("FOLLOWTHROUGH_SIGNING_KEY", "short", "shorter than 32 characters", id="short signing key"),
        pytest.param("GITHUB_WEBHOOK_SECRET", "long-enough-one, b", "shorter than 8 characters", id="short webhook secret"),
        pytest.param("GITHUB_TOKEN_FILE", "/nowhere/token", "both set", id="value and file"),
        pytest.param("JIRA_PAT_FILE", "/nowhere/pat", "can't be read: No such file", id="file that is not there"),
        pytest.param("GITHUB_APP_PRIVATE_KEY", "secret-value", "must be a PEM file's content", id="private key"),
        pytest.param("GITHUB_APP_INSTALLATION_ID", "x", "must be a whole number", id="installation"),
        pytest.param("JIRA_URL", "https://acme.atlassian.net/browse/OPS-1", "write the address of the site alone", id="Jira's URL"),
        pytest.param("JIRA_API_URL", "https://api.atlassian.com/jira", "write https://api.atlassian.com/ex/jira/CLOUD-ID", id="Jira's gateway"),
        pytest.param("GITHUB_API_URL", "api.github.example", "must begin with https://", id="API URL"),
        pytest.param("REDIS_URL", "secret-value:6379", "must begin with redis://", id="Redis URL"),
        pytest.param("SMTP_URL", "http://user:secret-value@mail", "is no mail server", id="SMTP URL"),
        pytest.param("FOLLOWTHROUGH_WEB_PORT", "tcp://10.0.0.1:80", "must be a whole number", id="port"),
    ],
)  # fmt: skip
def test_a_wrong_variable_is_named_and_its_value_is_not(name: str, value: str, told: str) -> None:
    with pytest.raises(ConfigError, match=name) as caught:
        load_settings(None, {**TOKEN, name: value})
    assert told in str(caught.value)
    assert "secret-value" not in str(caught.value)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="does not exist; check --config"):
        load_settings(tmp_path / "nowhere", TOKEN)


def test_a_file_for_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "policy.yaml").write_text("")
    with pytest.raises(ConfigError, match="is a file; name the folder"):
        load_settings(tmp_path / "policy.yaml", TOKEN)


def test_a_file_with_the_other_ending_is_not_passed_over_in_silence(tmp_path: Path) -> None:
    (tmp_path / "policy.yml").write_text("label: x")
    with pytest.raises(ConfigError, match=r"policy\.yml: is not read; rename it to policy\.yaml"):
        load_settings(tmp_path, TOKEN)


def test_bytes_that_are_no_text_are_refused_with_their_line(tmp_path: Path) -> None:
    (tmp_path / "policy.yaml").write_bytes(b"settle_minutes: 3\nlabel: \xff\n")
    with pytest.raises(ConfigError, match=r"policy\.yaml:2:1: this is not UTF-8"):
        load_settings(tmp_path, TOKEN)


def test_a_policy_alone_is_refused_for_its_own_mistakes_only(tmp_path: Path) -> None:
    (tmp_path / "people.yaml").write_text("peple: {}")
    assert load_policy(tmp_path).label == "postmortem"
    (tmp_path / "policy.yaml").write_text("labl: x")
    with pytest.raises(ConfigError, match="labl"):
        load_policy(tmp_path)
