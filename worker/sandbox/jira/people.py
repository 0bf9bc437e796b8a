"""Who is meant by a short name in a seed? An account that may be mentioned before it is described."""

from __future__ import annotations

from typing import Any

from worker.sandbox.jira.model import Account
from worker.sandbox.jira.store import Store


def account_of(store: Store, login: str, **more: Any) -> Account:
    """Return the account of a short name; it comes into being where there is none."""
    found = store.accounts.get(login)
    if found is None:
        number = store.next_id("account", 1)
        found = Account(
            id=number,
            login=login,
            account_id=f"712020:{login}",
            name=login,
            display_name=login.title(),
            email=f"{login}@acme.example",
        )
        store.accounts[login] = found
    for name, value in more.items():
        setattr(found, name, value)
    return found
