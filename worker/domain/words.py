"""The words that tell a task from a description: verbs, modals, teams, given names. Data only, no decisions.

General vocabulary of the field, in the languages that its documents are mostly written in. A word that
only one organization uses does not belong here.
"""

from __future__ import annotations


def word_set(text: str) -> frozenset[str]:
    """The words of a text as a set."""
    return frozenset(text.split())


# Verbs with a result that somebody can look at, in their base form.
CONCRETE_VERBS = word_set(
    """
abort accept activate adapt add adopt adjust alert allow announce apply approve archive ask assign attach
automate avoid backfill back backport ban batch block book bring build bump bypass cache call cap capture catch
change check clean cleanup clear clone close codify collect commit compare compress configure confirm connect
contact convert copy correct cover create cut decommission decouple decrease default define delete deliver
deploy deprecate describe detach detect disable discard display distribute divide document downgrade download
drain drop dump duplicate edit eliminate email emit enable enforce enlarge expand expire export expose extend
extract fail fetch file fill filter fix flag flush force fork freeze gate generate get give grant guard handle
harden have hide hire hold identify implement import include increase index inform inject insert inspect install
instrument integrate introduce invite isolate issue join keep label launch limit link list lock log lower mail
make map mark match measure merge migrate mirror modify monitor mount move mute nominate notify offer onboard
open order organize overwrite own pack package page partition pass patch pause perform persist pin place poll
populate port post practice prepare present prevent print prioritize process produce promote prompt protect
provide provision publish pull purge push put query queue raise rate re-add re-apply re-enable re-run read
reassign rebase rebuild receive reclaim record recover recreate recycle redeploy redirect reduce refactor
refresh refund refuse register reject release reload relocate remind remove rename render renew reorder repair
repartition replace replicate report reproduce request require rerun reschedule reserve reset resize resolve
restart restore restrict restructure retain retire retry return reuse revert revise revoke rewrite rework roll
rollback rotate route run sanitize save scale schedule scope script search secure seed select send separate
serve set setup share ship show shrink shut silence simplify skip slow snapshot sort specify speed spin split
stage standardize start stop store stream strip submit subscribe substitute supply surface suspend switch sync
synchronize tag take talk teach tear tell terminate test throttle tie tighten trace track train transfer
transition translate trigger trim truncate tune turn unblock unify uninstall unmount update upgrade upload use
validate vendor verify version wait warn whitelist allowlist wipe wire withdraw work wrap write swap establish
conduct host draft sign declare detail escalate follow come ensure do acknowledge acquire align amend annotate append
assert bind blacklist blocklist bound buffer bundle certify charge cleanse coach code combine commission communicate
compute concentrate consolidate construct consult contain copy count credit crop cross-check customize cycle debounce
debug decode dedicate deduplicate defer delay delegate demand demote denylist derive dim direct disallow disconnect
discontinue dismiss dispatch displace dismantle double duplicate edit educate elevate embed empty encode encrypt end
engage enlist enrich enrol enroll equip erase exclude execute exempt exercise exit expedite externalize factor fall
favour feed fence finalize finish fit fold forbid force-push format forward fund gather go grow halve hand harmonize
help highlight hook ignore import inline inventory invalidate invest key kill lead lease lengthen let level leverage
liaise lift link list load localize look make mandate map mask meter mitigate mock negotiate normalize note obtain
offload open-source outline overhaul override oversee parallelize parametrize parse pay peg permit phase pick pilot
ping pinpoint pipe pivot point pool postpone pre-warm precompute preload prevent prioritise probe procure profile
prohibit prune quantify quarantine quiesce quote randomize re-arm re-check re-create re-evaluate re-test re-train
rebalance reboot recalculate recalibrate recognize recommend reconcile reconfigure recruit reevaluate reformat
rehearse reimburse reindex reinstall reinstate reintroduce relabel relax release rely remediate remount reopen
repeat replay reply repoint republish resend reserve resubmit resume rethrow retest retrain rewire ring round
safeguard sample satisfy scan schedule scrub seek segment sell serialize settle shard shed shift shorten shuffle
sign-off signal size smoke-test socialize solicit solidify sort source spare spell sponsor stabilize stagger stamp
standardise stash stay strengthen stress stretch structure subscribe subset sunset supervise suppress synthesize
tackle tail tally template terminate tidy time tolerate toughen transform translate trap treat triage triple trust
tweak typecheck unify unlock unpin unset upskill vacuum vary vet visualize warm watermark weigh widen wrap-up
zero zip gain buy purchase rent sign-up sunset tell warn ring-fence reorganize rethrow disallow extract forward
prefer refuse lint fuzz seed compile bake blackhole archive
"""
)
# Verbs that promise thought or effort, not a result.
VAGUE_VERBS = word_set(
    """
aim analyse analyze assess better brainstorm consider continue debate diagnose discover discuss enhance ensure
evaluate examine explore figure find focus foster improve increase investigate learn look optimize optimise plan
ponder promote pursue rethink research revisit review study think track try understand work strive encourage
strengthen streamline watch
"""
)
TASK_VERBS = (
    CONCRETE_VERBS | VAGUE_VERBS | frozenset({"audit", "design", "decide", "determine", "double-check", "meet"})
)

MODALS = word_set(
    """
should must will shall needs need could can may might would
"""
)

# Words for nobody in particular.
NOBODY = word_set(
    """
team teams everyone everybody anyone anybody someone somebody all us we dev devs developers engineers staff
people tbd tba n/a na none unassigned unknown nobody ? ?? - – — various multiple others others: any
"""
)
ROLE_WORDS = word_set(
    """
team squad guild chapter crew group department sre sres devops ops infra platform backend frontend security
network qa support oncall on-call dba manager lead engineer owner developer maintainers committee tribe 担当者 チーム
"""
)
# Topics that stand as headings over a group of items, so that they are not taken for names.
TOPICS = word_set(
    """
action actions after alerting alerts api apis application architecture automation backend backlog backup backups
before blocked bugs build cache capacity ci cd client cleanup cloud cluster code communication completed comms
configuration culture customer data database databases db deployment deployments deploys detect detection
development discussion dns docs documentation done doing early engineering fix fixes follow-up followup frontend
future general hardware high immediate immediately improvement improvements in-progress incident infra
infrastructure internal investigate investigation kubernetes later load-balancer logging logs long long-term low
maintenance management medium metrics mid mid-term migration mitigate mitigation mitigations monitoring network
networking next note notes now observability open operations ops other others owner paging people performance
planned platform policy postponed prevent prevention preventive priority process processes product production
quick recovery redis release reliability resilience response review runbook runbooks safety scaling schedule
scope security server service short short-term sla slo slack soon staging status storage summary support system
systems task tasks tbd team teams technical test testing tests theory ticket tickets todo tooling tools tracking
training ui update updates upgrade upstream website work
"""
)
ACRONYMS = word_set(
    """
ai api aws az cd cdn ci cli cpu css csv cto ceo db dba ddos dhcp dns docs dr ec2 ecs eks elb es etl faq gc gcp
gke gpu ha hr html http https iam id ide io iops ip it jira json jvm k8s kms lb ldap ml mttr mtls ntp oom ops os
pm pr prs qa qps ram rca rds rfc rpc rpo rto s3 sdk sla sli slo smtp soc sop sql sre ssd ssh ssl sso tcp tls ttl
tv udp ui uk url us ux vip vm vms vpc vpn wal xml yaml ok no na p0 p1 p2 p3 p4 todo wip eta poc mvp kpi crm erp
"""
)
# Products that stand before a colon as people do; the best known ones only.
SYSTEMS = word_set(
    """
airflow ansible apache argo argocd aurora azure bigquery bitbucket buildkite cassandra ceph cilium circleci
clickhouse cloudflare cloudfront cloudwatch confluence consul coredns cron datadog debian docker druid dynamodb
elasticsearch envoy etcd fastly firebase flink fluentd flux gerrit git github gitlab grafana graphite graphql gunicorn
hadoop haproxy harbor hashicorp helm honeycomb influxdb istio java jaeger javascript jenkins jira kafka karpenter
keycloak kibana kinesis kong kubernetes lambda linkerd linux logstash loki mariadb memcached minio mongo mongodb mysql
nagios netlify newrelic nginx node nomad okta opensearch opentelemetry opsgenie oracle pagerduty pgbouncer php postgres
postgresql prometheus puppet pulsar puma python rabbitmq rails redis redshift ruby rust salesforce sendgrid sentry
sidekiq slack snowflake solr spark splunk spring sqlite squid statuspage stripe telegraf tempo terraform thanos tomcat
traefik twilio ubuntu unicorn varnish vault vercel victoriametrics windows zendesk zookeeper android ios chrome
safari firefox web mobile desktop api
"""
)
# Given names that are common somewhere in the world; only a hint, beside what the document itself shows.
GIVEN_NAMES = word_set(
    """
aaron abdul abigail adam adrian ahmed aisha akira alan albert alberto alejandra alejandro alessandro alex
alexander alexandra alexei alfred ali alice alicia alina alison amanda amber amina amir amit amy ana anastasia
anders andre andrea andreas andrei andrew andy angela anita anja anjali ann anna anne annie anthony antoine
antonio arjun arthur ashley astrid aya barbara beatriz ben benedict benjamin bernd beth bill bjorn björn bob
boris brandon brenda brian bruno camila carla carlos carmen carol caroline catherine cecilia charles charlie
charlotte chen chloe chris christian christina christine christoph christopher claire clara claudia colin connor
craig cristina dan dana daniel daniela dave david deborah deepak denis dennis derek diana diego dieter dimitri
dirk dmitri dominic donald donna doug dylan ed eduardo edward elena eli elias elif elizabeth ella ellen emil
emily emma eric erica erik erika esther eva evan evelyn fatima felipe felix fernanda fernando filip fiona
florian francesca francesco francis francisco frank franz fred frederic gabriel gabriela gareth gary george
gerald gina giorgio giulia giovanni grace graham greg gregory guillaume gustavo hana hanna hannah hans harold
harriet harry hassan heather heidi heike helen helena henry hiroshi holly hugo ian ibrahim ida igor ines ingrid
irene irina isaac isabel isabella ivan jack jacob jaime jake james jamie jan jane janet jasmine jason javier jay
jean jeff jeffrey jennifer jenny jens jeremy jerome jessica jill jim jin joan joao joe joel johan johanna john
johnny jon jonas jonathan jordan jorge jose josef joseph josh joshua juan judith julia julian julie julien jun
jurgen justin kai kaito karen karin karl kate katharina katherine kathy katie keiko keith kelly ken kenji
kenneth kevin khalid kim klaus kofi kristen kumar kyle lara lars laura lauren laurent lea lee lena leo leon
leonardo li liam lily linda lisa liz lorenzo louis louise luca lucas lucia lucy luis luisa lukas luke magnus
marc marcel marco marcos marcus margaret maria marie marina mario marion mark markus marta martha martin martina
mary masha mateo mathieu matt matteo matthew matthias maya max maxime megan mehmet mei melanie melissa michael
michal michel michelle miguel mike mikhail mila milan mina ming miriam mohamed mohammed monica monika morgan
muhammad nadia nancy naomi natalia natalie natasha nathan neha neil nicholas nick nicola nicolas nina nora
norbert olga oliver olivia olivier omar oscar pablo pam pamela paolo patricia patrick paul paula paulo pavel
pedro penny peter petra phil philip philipp philippe pierre piotr priya rachel rafael raj rajesh ralf ralph
ramon raphael raul ravi raymond rebecca renata ricardo richard rita rob robert roberto robin rodrigo roger
roland roman ron ronald rosa rosie ross roy ruben russell ruth ryan sabine sabrina sally sam samantha samir
samuel sandra sanjay sara sarah sasha satoshi scott sean sebastian sergei sergio shane sharon shawn silvia simon
simone sofia sonia sophia sophie stacy stan stefan stefanie stella stephan stephanie stephane stéphane stephen
steve steven stuart sue sunil susan suzanne sven svetlana sylvia takashi tamara tanya tara tatiana ted teresa
terry thea theo theresa thomas tiago tim tina tobias todd tom tomas tony tracy trevor tyler ulrich ursula
valentina valerie vanessa vera veronica victor victoria vijay vikram vincent vladimir wei wendy will william
wolfgang xavier yan yasmin yuki yuri yusuf yves yvonne zach zoe
"""
)
