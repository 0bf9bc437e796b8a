"""Jira's query language: `parse` turns text into a tree, `evaluate` holds the tree against issues. Pure."""
