"""Who asks? From the `Authorization` header to an actor: a token's account, an App itself, or the public."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime

import jwt

from worker.sandbox.github.errors import ApiError, bad_credentials
from worker.sandbox.github.model import Actor
from worker.sandbox.github.store import Store

JWT_LIFE_S = 600
JWT_LEEWAY_S = 60


def actor_of(store: Store, header: str) -> Actor:
    """Return who the header names. Raises ApiError 401 for a credential that is not accepted."""
    scheme, _, value = header.strip().partition(" ")
    value = value.strip()
    match scheme.lower():
        case "":
            return Actor()
        case "basic":
            try:
                user, _, password = base64.b64decode(value, validate=True).decode().partition(":")
            except (binascii.Error, UnicodeDecodeError) as error:
                raise bad_credentials() from error
            return _by_token(store, password or user)
        case "bearer" if value.count(".") == 2:
            return _by_jwt(store, value)
        case "bearer" | "token":
            return _by_token(store, value)
        case _:
            raise bad_credentials()


def _by_token(store: Store, secret: str) -> Actor:
    token = store.tokens.get(secret)
    if token is None or (token.until is not None and token.until <= datetime.now(UTC)):
        raise bad_credentials()
    return Actor(account=token.account, token=token)


def _by_jwt(store: Store, value: str) -> Actor:
    """Check an App's JWT as GitHub does: RS256, issued by this App, and no longer than ten minutes. Its times are
    compared with the machine's clock, because that is the one that clients write into it."""
    app = store.app
    if app is None:
        raise ApiError(401, "A JSON web token could not be decoded")
    try:
        claims = jwt.decode(
            value,
            app.public_key,
            algorithms=["RS256"],
            leeway=JWT_LEEWAY_S,
            options={"require": ["exp", "iat", "iss"], "verify_iss": False},
        )
    except jwt.ExpiredSignatureError as error:
        raise ApiError(
            401,
            "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the "
            "assertion expires",
        ) from error
    except jwt.PyJWTError as error:
        raise ApiError(401, "A JSON web token could not be decoded") from error
    if str(claims["iss"]) not in {str(app.id), f"Iv23li{app.id:014d}"}:
        raise ApiError(401, "'Issuer' claim ('iss') must be an Integer")
    if claims["exp"] - datetime.now(UTC).timestamp() > JWT_LIFE_S + JWT_LEEWAY_S:
        raise ApiError(401, "'Expiration time' claim ('exp') is too far in the future")
    return Actor(app=app)
