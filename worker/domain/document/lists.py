"""How lists hang together: which bullet only heads others, which is a task of its own, what a list elaborates.

Writers do not always indent what belongs to an item; then the list right below is of another kind (bullets below
numbers), and the item above it ends in a colon.
"""

from __future__ import annotations

from collections.abc import Sequence

from worker.domain.document.blocks import Block, BlockKind
from worker.domain.document.outline import Placed
from worker.domain.document.owners import take_owners
from worker.domain.document.phrases import first_verb, plain


def led_by_item(placed: Sequence[Placed], position: int, people: frozenset[str]) -> Placed | None:
    """The item right above that ends in a colon, where another list begins here: it is not indented, but belongs
    to that item ("1. **Alerts** We will watch:" and then bullets)."""
    above = _above(placed, position)
    if above is None or _is_short_label(above, people):
        return None
    return above if plain(above.block.text).endswith((":", "：")) else None


def heads_next_list(placed: Sequence[Placed], position: int, people: frozenset[str]) -> bool:
    """True for an item that only names the list of another kind right below it ("1. Alerts:", then bullets)."""
    following = position + 1
    return (
        following < len(placed)
        and _above(placed, following) is placed[position]
        and _is_short_label(placed[position], people)
    )


def _above(placed: Sequence[Placed], position: int) -> Placed | None:
    """The item of another list right above, under the same headings."""
    here, above = placed[position], placed[position - 1] if position else None
    if above is None or above.block.kind is not BlockKind.ITEM or here.block.kind is not BlockKind.ITEM:
        return None
    apart = above.block.run != here.block.run and above.block.parent < 0 and here.block.parent < 0
    return above if apart and above.frames == here.frames and above.block.checked is None else None


def _is_short_label(entry: Placed, people: frozenset[str]) -> bool:
    """True for a few words with a colon that promise nothing by themselves."""
    text = plain(entry.block.text)
    return text.endswith((":", "：")) and len(text.split()) <= 6 and not first_verb(text, people)


def run_texts(placed: Sequence[Placed], position: int) -> list[str]:
    """The texts of the list that begins at this position, for the paragraph above that it elaborates."""
    run = placed[position].block.run
    texts: list[str] = []
    for entry in placed[position : position + 40]:
        if entry.block.run != run:
            break
        texts.append(entry.block.text)
    return texts


def is_label(block: Block, text: str, below: Sequence[Block], people: frozenset[str]) -> bool:
    """True for a bullet that only heads the bullets below it. `text` is its own, without markup."""
    if not below or block.checked is not None:
        return False
    verbs = [first_verb(plain(child.text), people) for child in below]
    boxes = [child.checked is not None for child in below]
    if not first_verb(text, people):
        bold = block.text.strip().startswith("**") and block.text.strip().rstrip(":").endswith("**")
        return (
            bold
            or (text.endswith((":", "：")) and len(text) <= 80)
            or (len(text.split()) <= 4 and (all(verbs) or all(boxes)))
        )
    if len(text.split()) <= 2 and (all(verbs) or all(boxes)):
        return True  # "Monitoring:" and "Prevent" are verbs too, but name no object
    return text.endswith((":", "：")) and len(below) > 1 and (all(verbs) or all(boxes))


def is_own_task(block: Block, *, parent: Block, people: frozenset[str]) -> bool:
    """True for a sub-bullet that is a task of its own: it has a box, or an owner and a verb."""
    if block.checked is not None:
        return True
    named = take_owners(block.text, people)
    return bool(named.owners) and bool(first_verb(plain(named.rest), people)) and parent.checked is None
