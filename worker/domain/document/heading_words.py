"""The words of headings, as the field writes them, by what they mean. Data only; `sections` decides."""

from __future__ import annotations


def _phrases(text: str) -> tuple[str, ...]:
    """Phrases parted by `|`, each with single blanks."""
    return tuple(" ".join(phrase.split()) for phrase in text.split("|"))


# Headings that sound like actions, but tell the reader what to do, or tell what was done during the incident.
NOT_ACTIONS = _phrases(
    """
    action required|actions required|required action|action needed|actions taken|action taken|action log|steps taken
    |what you need to do|what should i do|what do i need|customer action|customers can|can customers|customers do
    |can you|you can|should you|user action|call to action|how to use
"""
)
# Explanations of a list's categories.
LEGENDS = _phrases(
    """
    legend|definition|explanation of|glossary|priority levels|meaning of|凡例|説明|erläuterung
"""
)
# Headings that mean actions only when they say nothing else.
ACTION_WHOLE = frozenset(
    _phrases(
        """
        actiepunten|acties|action|action item|action items|actionables|actions|actions à mener|ais|aufgaben|ausblick
        |azioni|capa|commitments|corrections|corrective and preventive|countermeasures|da fare|experiments|fixes
        |follow up|follow ups|follow-up|follow-ups|followup|followups|future|future prevention|future work
        |going forward|ideas to try|improvements|looking ahead|massnahmen|maßnahmen|measures|medidas|mejoras
        |mitigations and follow-ups|moving forward|next|next actions|outlook|plan|preventative|prevention
        |preventions|preventive|recommendation|recommendations|remediation|remediations|start doing|stop doing
        |suite à donner|suites|tareas|tarefas|tasks|things to try|tickets|to do|to dos|to improve|to try|to-do
        |to-dos|todo|todos|try|verbesserungen|verbeterpunten|vervolgacties|way forward|what next|what now
        |what's next|whats next|à faire|措施|行動
    """
    )
)
ACTION_PHRASES = _phrases(
    """
    action item|action point|action plan|action list|action tracker|next step|follow up action|follow-up action
    |followup action|follow-up item|follow up item|follow-up task|follow up task|follow-up work|follow up work
    |follow-ups|follow ups|followups|corrective|preventive|preventative|preventing|prevention|prevent this
    |prevent it|prevent recurrence|prevent similar|prevent these|to prevent|we prevent|avoid this|avoid similar
    |avoid recurrence|remedial|remediation item|remediation plan|remediation step|remediation work|remediations
    |countermeasure|counter-measure|to-do|to do list|todo|to dos|what we will do|what we'll do|what will we do
    |what are we doing|what we are doing|what we're doing|what we plan|what's next|what happens next|what comes next
    |what is next|where do we go|do better|doing better|improvement action|process improvement|planned improvement
    |future improvement|improvements to|improvements we|changes we|planned change|planned work|future work
    |future step|future action|future plan|immediate action|long-term action|long term action|short-term action
    |short term action|improvement plan|open action|completed action|agreed action|outstanding action|work item
    |resolutions and actions|lessons and actions|repair item|actionable|happen again|happening again|happens again
    |less likely|things to do|things to fix|アクション|再発防止|今後の対応|対策|改善策|maßnahmen|massnahmen
    |nächste schritte
    |offene punkte|plan d'action|plan d’action|actions correctives|actions préventives|actions à|mesures correctives
    |prochaines étapes|acciones|próximos pasos|próximos passos|medidas correctivas|plan de acción|plano de ação
    |ações|azioni correttive|prossimi passi|volgende stappen|maatregelen|acties|改进措施|改进项|行动项|后续|整改
    |działania naprawcze|działania zapobiegawcze|działania korygujące|plan działań|zadania|następne kroki|åtgärd|tiltak
    |handlingsplan|nästa steg|neste steg|næste skridt|план действий|дальнейшие шаги|корректирующие|план дій
    |nápravná opatření|další kroky|toimenpiteet|seuraavat askeleet|aksiyon|sonraki adımlar
    |조치 사항|재발 방지|후속 조치|follow-up step|go from here
    |path forward|road ahead
    |follow up step|remediation and
"""
)
ACTION_ENDINGS = (
    " actions",
    " action",
    " follow-up",
    " follow up",
    " followup",
    " todos",
    " improvements",
    " next steps",
)
# In this order: the first whose phrase a heading holds names it.
RULES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "five_whys",
        _phrases(
            """
            five why|5 why|5-why|5whys|five-why|why chain|なぜなぜ
        """
        ),
    ),
    (
        "timeline",
        _phrases(
            """
            timeline|time line|chronolog|sequence of events|order of events|incident log|event log|events log
            |course of events|タイムライン|時系列|时间线|zeitlicher ablauf|zeitleiste|ablauf|zeitstrahl|cronolog
            |línea de tiempo|oś czasu|przebieg|tidslinje|händelseförlopp|hendelsesforløp|хронолог|časová osa|aikajana
            |zaman çizelgesi|타임라인
            |linha do tempo|déroulement|déroulé|tijdlijn
        """
        ),
    ),
    (
        "what_went_well",
        _phrases(
            """
            went well|worked well|went right|went good|what worked|did well|done well|was good|went great
            |what helped|good things|been good|things that helped
            |mitigators|was lief gut|gut gelaufen|gut funktioniert|bien fonctionné|bien marché
            |bien passé|salió bien|funcionó bien|correu bem|funcionou bem|andato bene|ging goed|positives
            |うまくいったこと|poszło dobrze|gick bra|gikk bra|gik godt|прошло хорошо|сработало хорошо|잘된 점
            |良かった|was gut lief|ce qui a bien|做得好
        """
        ),
    ),
    (
        "lessons",
        _phrases(
            """
            lesson|learned|learnt|learnings|learn from|can we improve|could we improve|should we improve
            |did we learn|we learn|takeaway|take away|went wrong
            |went poorly|went badly|went less well|not go well|didn't go well|didnt go well|go so well|did not work
            |didn't work|got lucky|get lucky|were lucky|could have gone better|could have been better
            |could be better|could be improved|could we have done better|could have done better|can be improved
            |to be improved|needs improvement|need improvement|room for improvement|areas for improvement
            |areas of improvement|did badly|did poorly|retrospective|reflection|gelernt|erkenntnisse|lehren
            |nicht gut|schlecht lief|lief schlecht|enseignements|leçons|moins bien|mal passé|lecciones|aprendizajes
            |salió mal|lições|correu mal|lezioni|ging fout|ging minder|教訓|改善が必要|うまくいかなかった|運が良
            |学び|经验教训|wnioski|lärdomar|læring|læringspunkter|poszło źle|gick dåligt|уроки|выводы|배운 점|교훈
        """
        ),
    ),
    (
        "contributing_factors",
        _phrases(
            """
            contributing factor|contributing cause|contributory|contributors|factors|寄与要因|conditions that
        """
        ),
    ),
    (
        "root_cause",
        _phrases(
            """
            root cause|root-cause|rootcause|cause analysis|causes|cause of|the cause|cause|caused it|caused the
            |caused this|what caused|why did|why it happened|why this happened|rca|incident analysis
            |technical analysis|根本原因|直接原因|原因|ursache|causa raíz|causa raiz|causas|causa principal
            |cause racine
            |causes racines|oorzaak|and why|przyczyn|orsak|årsak|årsag|причин|příčin|juurisyy|kök neden|원인
        """
        ),
    ),
    (
        "detection",
        _phrases(
            """
            detection|detected|how did we find|how we found|how was it found|discovery|discovered|how did we notice
            |entdeckung|erkennung|détection|detección|detecção|検知
        """
        ),
    ),
    (
        "participants",
        _phrases(
            """
            participants|attendees|people involved|people were involved|uczestnicy|deltagare|deltagere
            |участники|who was involved|responders|incident team|incident commander
            |roles|authors|involved people|involved teams|teilnehmer|beteiligte|asistentes|participantes|present|参加者
        """
        ),
    ),
    (
        "impact",
        _phrases(
            """
            impact|affected|blast radius|consequence|damage|user experience|影響|auswirkung|impacto|impatto
            |conséquence|gevolgen|影响|symptom|wpływ|skutki|påverkan|konsekvens|påvirkning|влияние|последствия|вплив|dopad
            |vaikutus|etki|영향
        """
        ),
    ),
    (
        "resolution",
        _phrases(
            """
            resolution|resolve|recovery|restoration|mitigation|remediation|what fixed|fixed it|the fix
            |how was it fixed|stabilization|stabilisation
            |do to fix|did we fix|did we do|how we fixed|how it was fixed
            |actions taken|action taken|steps taken|workaround
            |incident response|response|respond|behebung|lösung|résolution|resolución|resolução|risoluzione
            |oplossing|復旧|対応|解決
        """
        ),
    ),
    (
        "summary",
        _phrases(
            """
            summary|overview|tl;dr|tldr|tl dr|abstract|synopsis|what happened|what is wrong|what was wrong
            |what went down|incident description|description of|issue summary|problem description|at a glance
            |short version|in short|in brief|nutshell|executive|サマリー|概要|摘要|zusammenfassung|kurzfassung
            |was ist passiert|was war passiert|résumé|que s'est-il passé|synthèse|resumen|qué pasó|qué ocurrió
            |resumo|riepilogo|samenvatting|podsumowanie|sammanfattning|sammendrag|opsummering|resumé|краткое описание
            |概述|背景|резюме|что произошло|що сталося|короткий опис|shrnutí|yhteenveto|özet|요약|개요
        """
        ),
    ),
)
SUMMARY_WHOLE = frozenset({"description", "incident", "background", "introduction", "problem", "what"})
# Headings of one word that mean a section only by themselves.
WHOLE: dict[str, str] = {
    "keep": "what_went_well",
    "keeps": "what_went_well",
    "glad": "what_went_well",
    "continue": "what_went_well",
    "continue doing": "what_went_well",
    "liked": "what_went_well",
    "problem": "summary",
    "problems": "lessons",
    "lacked": "lessons",
    "mad": "lessons",
    "sad": "lessons",
    "log": "timeline",
    "events": "timeline",
    "history": "timeline",
    "why": "root_cause",
    "facts": "summary",
    "fault": "root_cause",
    "trigger": "root_cause",
    "causa": "root_cause",
    "neden": "root_cause",
    "analysis": "root_cause",
    "fix": "resolution",
    "warum": "root_cause",
    "pourquoi": "root_cause",
    "por qué": "root_cause",
}
