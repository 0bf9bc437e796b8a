"""Read a post-mortem's body: which sections it has, what it promises, what is missing.

Pure and total: any text gives a `Document`, never an exception, in time linear in its length.
"""

from worker.domain.document.read import parse_document

__all__ = ["parse_document"]
