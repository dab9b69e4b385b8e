"""The tables of people: accounts, sessions, tokens, follows, addresses."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.ids import ID_LENGTH
from app.platform.append_only import append_only
from app.platform.db import Base

DIGEST_LENGTH = 64
"""A SHA-256 in hexadecimal figures."""


class Account(Base):
    """A person; e-mail and phone are sealed, and found by an index that does not tell them.

    The password is kept as argon2's own text; None for people who never sign in by one.
    """

    __tablename__ = "accounts_account"
    __table_args__ = (
        CheckConstraint("followers >= 0", name="followers"),
        CheckConstraint("following >= 0", name="following"),
    )
    personal = (
        "handle, name, bio, email_sealed, email_index, phone_sealed, phone_index, password_hash,"
        " avatar_picture_id"
    )

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    handle: Mapped[str] = mapped_column(String(30), unique=True)
    name: Mapped[str] = mapped_column(String(40))
    bio: Mapped[str] = mapped_column(String(300), default="")
    email_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    email_index: Mapped[str | None] = mapped_column(String(DIGEST_LENGTH), unique=True)
    phone_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    phone_index: Mapped[str | None] = mapped_column(String(DIGEST_LENGTH), unique=True)
    password_hash: Mapped[str | None] = mapped_column(String(200))
    avatar_picture_id: Mapped[str | None] = mapped_column(ForeignKey("pictures_picture.id"))
    is_creator: Mapped[bool] = mapped_column(default=False)
    is_demo: Mapped[bool] = mapped_column(default=False)
    demo_role: Mapped[str] = mapped_column(String(12), default="")
    followers: Mapped[int] = mapped_column(default=0)
    following: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    banned_at: Mapped[datetime | None]


class CreatorSwitch(Base):
    """When somebody began or ceased to earn; the last row at or before an instant holds then.

    Switching on is the acceptance of the creators' terms, so the row is its record too.
    """

    __tablename__ = "accounts_creator_switch"
    __table_args__ = (Index(None, "account_id", "at"),)
    personal = "account_id"

    seq: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts_account.id"))
    is_on: Mapped[bool]
    at: Mapped[datetime]


append_only(CreatorSwitch.__table__)


class SessionRow(Base):
    """A browser that is signed in; whoever reads the table cannot sign in with what it says."""

    __tablename__ = "accounts_session"
    __table_args__ = (Index(None, "account_id", "ended_at"),)
    personal = "account_id, device_id, agent, started_at, seen_at"

    digest: Mapped[str] = mapped_column(String(DIGEST_LENGTH), primary_key=True)
    id: Mapped[str] = mapped_column(String(ID_LENGTH), unique=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts_account.id"))
    device_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    agent: Mapped[str] = mapped_column(String(40))
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class ApiToken(Base):
    """A key for programs, good for the scopes that it names; kept by its digest only."""

    __tablename__ = "accounts_token"
    __table_args__ = (Index(None, "account_id", "ended_at"),)
    personal = "account_id, name"

    digest: Mapped[str] = mapped_column(String(DIGEST_LENGTH), primary_key=True)
    id: Mapped[str] = mapped_column(String(ID_LENGTH), unique=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts_account.id"))
    name: Mapped[str] = mapped_column(String(40))
    scopes: Mapped[str] = mapped_column(String(40))
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Follow(Base):
    """Who follows whom; both accounts count it."""

    __tablename__ = "accounts_follow"
    __table_args__ = (
        CheckConstraint("follower_id <> followed_id", name="other"),
        Index(None, "followed_id", "follower_id"),
    )
    personal = "follower_id, followed_id"

    follower_id: Mapped[str] = mapped_column(ForeignKey("accounts_account.id"), primary_key=True)
    followed_id: Mapped[str] = mapped_column(ForeignKey("accounts_account.id"), primary_key=True)
    at: Mapped[datetime]


class AddressRow(Base):
    """Where parcels go; recipient, phone, region and street are one sealed text."""

    __tablename__ = "accounts_address"
    __table_args__ = (Index(None, "account_id"),)
    personal = "sealed"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts_account.id"))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
