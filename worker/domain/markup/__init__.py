"""Translate between Markdown and what Jira keeps: wiki text on Data Center, the Atlassian Document Format on Cloud.

Pure and total: any input gives a result, never an exception, in time linear in its length. In: `wiki_to_markdown` and
`adf_to_markdown`, for the reader of documents. Out: `markdown_to_wiki` and `markdown_to_adf`, for the Markdown that the
service itself writes. `wiki_plain` and `adf_plain` are what a reader sees of either, for comparing.
"""

from worker.domain.markup.adf import adf_plain, adf_to_markdown, read_json
from worker.domain.markup.to_adf import markdown_to_adf
from worker.domain.markup.to_wiki import markdown_to_wiki
from worker.domain.markup.wiki import wiki_plain, wiki_to_markdown

__all__ = [
    "adf_plain",
    "adf_to_markdown",
    "markdown_to_adf",
    "markdown_to_wiki",
    "read_json",
    "wiki_plain",
    "wiki_to_markdown",
]
