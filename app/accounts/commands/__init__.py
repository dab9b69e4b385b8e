"""All writing of this room, by noun."""

from app.accounts.commands.addresses import add_address, change_address, delete_address
from app.accounts.commands.follows import follow, unfollow
from app.accounts.commands.people import (
    ban,
    change_profile,
    dress,
    mark_demo,
    register,
    switch_creator,
)
from app.accounts.commands.sessions import (
    end_session,
    end_sessions,
    end_token,
    make_token,
    mark_seen,
    start_session,
)
from app.accounts.commands.signing import (
    SignedIn,
    change_password,
    sign_in,
    sign_in_to_demo,
    sign_up,
)

__all__ = [
    "SignedIn",
    "add_address",
    "ban",
    "change_address",
    "change_password",
    "change_profile",
    "delete_address",
    "dress",
    "end_session",
    "end_sessions",
    "end_token",
    "follow",
    "make_token",
    "mark_demo",
    "mark_seen",
    "register",
    "sign_in",
    "sign_in_to_demo",
    "sign_up",
    "start_session",
    "switch_creator",
    "unfollow",
]
