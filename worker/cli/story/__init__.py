"""The demo's story: who takes part (`cast`), what happens (`chapters`), how it is told (`voice`, `quote`), and what is
left of it (`keepsakes`). Nothing here pretends: what the service did is read from the sandbox and from the mails."""
