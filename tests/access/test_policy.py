"""The policy of who may what tells of every route; `test_matrix` holds the application to it."""

from flask import Flask

from tests.access.judging import read_policy, untold


def test_the_policy_tells_of_every_route_and_of_nothing_else(site: Flask) -> None:
    policy = read_policy()

    assert untold(site, policy) == {}
    assert len(policy) > 110


def test_a_route_that_is_not_told_of_is_found(site: Flask) -> None:
    policy = dict(read_policy())
    policy["GET /no/such/route"] = policy.pop("GET /api/v1/orders/<order_id>")

    assert untold(site, policy) == {
        "GET /api/v1/orders/<order_id>": "not in the policy",
        "GET /no/such/route": "no such route",
    }
