"""Apps of GitHub: made from a manifest, installed, asked for tokens; and what they were sent."""

import hmac
import uuid
from functools import cache
from hashlib import sha256

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from pulseboard import clock


@cache
def private_key():
    """Return a private key as GitHub hands it out, the same for all Apps of a test run."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    ).decode()


@cache
def _public_key(pem):
    return serialization.load_pem_private_key(pem.encode(), None).public_key()


class App:
    """One App."""

    def __init__(self, id, owner, slug, *, permissions, events, webhook_secret="hook", created=0):
        self.id, self.owner, self.slug, self.created = id, owner, slug, created
        self.permissions, self.events, self.webhook_secret = permissions, events, webhook_secret
        self.pem = private_key()
        self.installations = []

    def install(self, account, *, id=None):
        """Install it on an account; return the installation."""
        place = Installation(id or 600 + len(self.installations), account)
        self.installations.append(place)
        return place

    def accepts(self, token, *, now):
        """Say why a JWT is refused, in GitHub's words, or None."""
        try:
            said = jwt.decode(token, _public_key(self.pem), algorithms=["RS256"],
                              options={"verify_exp": False, "verify_iat": False})  # fmt: skip
        except jwt.PyJWTError:
            return "A JSON web token could not be decoded"
        at = now // clock.SECOND
        if said["exp"] <= at:
            return "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires"
        if said["exp"] > at + 600:
            return "'Expiration time' claim ('exp') is too far in the future"
        if said["iat"] > at:
            return "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"
        return None if str(said["iss"]) == str(self.id) else "Integration not found"


class Installation:
    """Where an App is installed."""

    def __init__(self, id, account):
        self.id, self.account = id, account
        self.suspended_at = None
        self.issued = []


class Delivery:
    """One try to deliver an event to a hook; its body is kept as it is sent."""

    def __init__(self, id, event, action, body, *, at, repository_id, installation_id=None,
                 guid=None, redelivery=False):  # fmt: skip
        self.id, self.event, self.action, self.body = id, event, action, body
        self.delivered_at, self.repository_id = at, repository_id
        self.installation_id, self.redelivery = installation_id, redelivery
        self.guid = guid or str(uuid.uuid4())
        self.status_code = 0

    def again(self, id, *, at):
        """Return the same delivery, tried once more."""
        return Delivery(id, self.event, self.action, self.body, at=at, guid=self.guid,
                        repository_id=self.repository_id, redelivery=True,
                        installation_id=self.installation_id)  # fmt: skip

    def request(self, secret):
        """Return headers and body as they are sent."""
        return {
            "Content-Type": "application/json", "User-Agent": "GitHub-Hookshot/1",
            "X-GitHub-Event": self.event, "X-GitHub-Delivery": self.guid,
            "X-Hub-Signature-256": "sha256=" + hmac.new(secret.encode(), self.body, sha256).hexdigest(),
        }, self.body  # fmt: skip
