"""The part of GitHub's GraphQL API that the sandbox serves: a schema that is a true subset, and what answers it."""
