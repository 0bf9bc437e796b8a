"""Markdown from and to Jira's wiki text and documents."""
