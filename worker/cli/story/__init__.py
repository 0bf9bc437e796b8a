"""The demo's story: who takes part (`cast`), where (`world`, `jira_side`), what happens (`chapters`, `endings`, and
`crossing` for the post-mortem in Jira), how it is told (`voice`, `quote`), what is left of it (`keepsakes`, `boxes`).

Nothing here pretends: what the service did is read from the sandboxes and from the mails.
"""
