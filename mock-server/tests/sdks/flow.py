"""What an app and its back office do, with either generation of the Python SDK behind `sdk`."""

import base64
import hashlib
import hmac
import os

from checks import Checks, Receiver

ORGANIZATION = "fda84e25-7b55-4d67-916d-60ead04ff61f"
UNKNOWN = "00000000-0000-4000-8000-000000000000"
TOKEN = "polar_oat_mock"


def plain(value):
    """Enums of the older SDK as their values."""
    return getattr(value, "value", value)


def kind(value):
    """The field `type`, which the older SDK calls TYPE where it is a constant."""
    return plain(value.TYPE if hasattr(value, "TYPE") else value.type)


def amount_type(price):
    """The same of a price."""
    return plain(price.AMOUNT_TYPE if hasattr(price, "AMOUNT_TYPE") else price.amount_type)


def run(sdk):
    check = Checks()
    receiver = Receiver()

    # A webhook endpoint, before anything happens.
    endpoint = sdk.create_webhook_endpoint(
        {
            "url": receiver.url,
            "format": "raw",
            "events": ["customer.created", "benefit_grant.created", "subscription.revoked"],
        }
    )
    check.that("webhook endpoint has a secret", endpoint.secret.startswith("whsec_"))
    check.same("webhook endpoint url", endpoint.url, receiver.url)
    check.same("webhook endpoint is listed", [e.id for e in sdk.list_webhook_endpoints().items][-1:], [endpoint.id])
    check.same("webhook endpoint is read", sdk.get_webhook_endpoint(endpoint.id).id, endpoint.id)

    # Provisioning.
    benefit = sdk.create_benefit(
        {
            "type": "license_keys",
            "description": "Editor Pro",
            "properties": {
                "prefix": "EDIT",
                "expires": {"ttl": 1, "timeframe": "year"},
                "activations": {"limit": 2, "enable_customer_admin": True},
                "limit_usage": 5,
            },
        }
    )
    check.same("benefit type", kind(benefit), "license_keys")
    check.same("benefit prefix", benefit.properties.prefix, "EDIT")
    check.same("benefit activations", benefit.properties.activations.limit, 2)
    check.same("benefit expiry", plain(benefit.properties.expires.timeframe), "year")
    check.same("benefit is read", sdk.get_benefit(benefit.id).description, "Editor Pro")
    check.that("benefit is listed", benefit.id in [b.id for b in sdk.list_benefits(limit=100).items])
    renamed = sdk.update_benefit(benefit.id, {"type": "license_keys", "description": "Editor Plus"})
    check.same("benefit is renamed", renamed.description, "Editor Plus")

    product = sdk.create_product(
        {
            "name": "Editor",
            "recurring_interval": "month",
            "prices": [{"amount_type": "fixed", "price_amount": 0, "price_currency": "usd"}],
        }
    )
    check.same("product is recurring", product.is_recurring, True)
    check.same("a free price is a fixed one", amount_type(product.prices[0]), "fixed")
    check.same("a free price is of nothing", product.prices[0].price_amount, 0)
    product = sdk.update_product_benefits(product.id, {"benefits": [benefit.id]})
    check.same("product has the benefit", [b.id for b in product.benefits], [benefit.id])
    check.same("product is read", sdk.get_product(product.id).name, "Editor")
    check.that("product is listed", product.id in [p.id for p in sdk.list_products(limit=100).items])

    who = f"sdk-{os.getpid()}@example.com"
    customer = sdk.create_customer({"email": who, "name": "Ada", "external_id": f"crm-{os.getpid()}"})
    check.same("customer email", customer.email, who)
    check.same("customer is read", sdk.get_customer(customer.id).name, "Ada")
    check.same("customer by external id", sdk.get_customer_external(customer.external_id).id, customer.id)
    check.same("customer is listed", [c.id for c in sdk.list_customers(email=who).items], [customer.id])
    check.same("customer is renamed", sdk.update_customer(customer.id, {"name": "Ada L."}).name, "Ada L.")
    check.refused(
        "the same email again",
        "HTTPValidationError",
        [["body", "email"]],
        lambda: sdk.create_customer({"email": who}),
    )
    check.refused(
        "no such customer", "ResourceNotFound", "Not found", lambda: sdk.get_customer(UNKNOWN)
    )

    subscription = sdk.create_subscription({"product_id": product.id, "customer_id": customer.id})
    check.same("subscription is active", plain(subscription.status), "active")
    check.same("subscription is of the customer", subscription.customer.id, customer.id)
    check.same("subscription is of the product", subscription.product.id, product.id)
    check.same("subscription is read", sdk.get_subscription(subscription.id).id, subscription.id)
    check.same(
        "subscription is listed",
        [s.id for s in sdk.list_subscriptions(customer_id=customer.id).items],
        [subscription.id],
    )
    check.refused(
        "a product that is not there",
        "HTTPValidationError",
        [["body", "product_id"]],
        lambda: sdk.create_subscription({"product_id": UNKNOWN, "customer_id": customer.id}),
    )
    grants = sdk.benefit_grants(benefit.id).items
    check.same("the benefit is granted", [(g.customer_id, g.is_granted) for g in grants], [(customer.id, True)])
    check.same(
        "the grant is listed",
        [g.benefit_id for g in sdk.list_benefit_grants(customer_id=customer.id).items],
        [benefit.id],
    )

    # The key.
    keys = sdk.list_keys(benefit_id=benefit.id)
    check.same("one key", (keys.pagination.total_count, keys.pagination.max_page), (1, 1))
    key = keys.items[0]
    check.that("the key's prefix", key.key.startswith("EDIT-"), key.key)
    check.same("the key is shown by its end", key.display_key, f"****-{key.key[-6:]}")
    check.same("the key's customer", key.customer.email, who)
    check.same("a subscription's key does not expire", key.expires_at, None)
    check.same("the key's limits", (key.limit_activations, key.limit_usage), (2, 5))
    check.same("two filters", sdk.list_keys(benefit_id=[benefit.id, UNKNOWN]).pagination.total_count, 1)
    check.same("a status", sdk.list_keys(benefit_id=benefit.id, status="revoked").items, [])
    check.same(
        "statuses",
        len(sdk.list_keys(benefit_id=benefit.id, status=["granted", "disabled"]).items),
        1,
    )
    every = [k.id for k in sdk.every_key(limit=1)]
    check.that("pages to the end", key.id in every and len(every) == len(set(every)) >= 2, f"{every}")
    check.same("a page past the end", sdk.list_keys(page=1000).items, [])
    check.refused(
        "page 0", "HTTPValidationError", [["query", "page"]], lambda: sdk.list_keys(page=0)
    )

    for api in (sdk.core_keys, sdk.portal_keys):
        its = lambda name: f"{api.name}: {name}"
        named = {"key": key.key, "organization_id": ORGANIZATION}
        valid = api.validate(named)
        check.same(its("valid"), (plain(valid.status), valid.id), ("granted", key.id))
        check.that(its("counted"), valid.validations >= 1 and valid.last_validated_at is not None)
        laptop = api.activate({**named, "label": "laptop", "conditions": {"major": 1}, "meta": {"os": "linux"}})
        check.same(its("label"), laptop.label, "laptop")
        check.same(its("meta"), laptop.meta, {"os": "linux"})
        check.same(its("activation's key"), laptop.license_key.id, key.id)
        desktop = api.activate({**named, "label": "desktop"})
        check.refused(
            its("limit"),
            "NotPermitted",
            "License key activation limit already reached",
            lambda: api.activate({**named, "label": "phone"}),
        )
        seen = api.validate({**named, "activation_id": laptop.id, "conditions": {"major": 1}})
        check.same(its("activation is valid"), seen.activation.id, laptop.id)
        check.refused(
            its("other conditions"),
            "ResourceNotFound",
            "License key does not match required conditions",
            lambda: api.validate({**named, "activation_id": laptop.id, "conditions": {"major": 2}}),
        )
        check.same(its("deactivated"), api.deactivate({**named, "activation_id": laptop.id}), None)
        check.refused(
            its("deactivated twice"),
            "ResourceNotFound",
            "Not found",
            lambda: api.deactivate({**named, "activation_id": laptop.id}),
        )
        check.refused(
            its("a freed activation"),
            "ResourceNotFound",
            "Not found",
            lambda: api.validate({**named, "activation_id": laptop.id}),
        )
        api.deactivate({**named, "activation_id": desktop.id})
        check.same(its("usage"), api.validate({**named, "increment_usage": 2}).usage, 2)
        check.refused(
            its("too much usage"),
            sdk.bad_request,
            sdk.bad_request_detail("License key only has 3 more usages."),
            lambda: api.validate({**named, "increment_usage": 4}),
        )
        check.refused(
            its("another benefit"),
            "ResourceNotFound",
            "License key does not match given benefit.",
            lambda: api.validate({**named, "benefit_id": UNKNOWN}),
        )
        check.refused(
            its("another customer"),
            "ResourceNotFound",
            "License key does not match given user.",
            lambda: api.validate({**named, "customer_id": UNKNOWN}),
        )
        check.refused(
            its("unknown key"),
            "ResourceNotFound",
            "Not found",
            lambda: api.validate({**named, "key": "EDIT-NO"}),
        )
        check.same(its("usage starts anew"), sdk.update_key(key.id, {"usage": 0}).usage, 0)

    # The back office changes the key.
    named = {"key": key.key, "organization_id": ORGANIZATION}
    check.same("limit lifted", sdk.update_key(key.id, {"limit_usage": None}).limit_usage, None)
    check.same("disabled", plain(sdk.update_key(key.id, {"status": "disabled"}).status), "disabled")
    check.refused(
        "disabled key",
        "ResourceNotFound",
        "License key is no longer active.",
        lambda: sdk.core_keys.validate(named),
    )
    check.refused(
        "disabled key is not activated",
        "NotPermitted",
        "License key is no longer active. This license key can not be activated.",
        lambda: sdk.core_keys.activate({**named, "label": "x"}),
    )
    check.same("granted again", plain(sdk.update_key(key.id, {"status": "granted"}).status), "granted")
    sdk.update_key(key.id, {"expires_at": "2020-01-01T00:00:00Z"})
    check.refused(
        "expired key",
        "ResourceNotFound",
        "License key has expired.",
        lambda: sdk.core_keys.validate(named),
    )
    check.same("expiry lifted", sdk.update_key(key.id, {"expires_at": None}).expires_at, None)
    office = sdk.core_keys.activate({**named, "label": "office"})
    check.same("activation is read", sdk.get_activation(key.id, office.id).label, "office")
    check.same("key with activations", [a.id for a in sdk.get_key(key.id).activations], [office.id])
    check.refused("no such key", "ResourceNotFound", "Not found", lambda: sdk.get_key(UNKNOWN))
    if sdk.rotates:
        rotated = sdk.rotate_key(key.id)
        check.that("rotated", rotated.id == key.id and rotated.key != key.key)
        check.refused(
            "the key of before",
            "ResourceNotFound",
            "Not found",
            lambda: sdk.core_keys.validate(named),
        )
        named["key"] = rotated.key
    check.same("the key of now", sdk.core_keys.validate({**named, "activation_id": office.id}).id, key.id)

    # What the customer sees.
    session = sdk.create_session({"customer_id": customer.id})
    check.that("session token", session.token.startswith(("polar_cst_", "polar_mst_")))
    check.same("session's customer", session.customer.id, customer.id)
    check.that(
        "session by external id",
        sdk.create_session({"external_customer_id": customer.external_id}).token != session.token,
    )
    check.refused(
        "session of nobody",
        "HTTPValidationError",
        [["body", "customer_id"]],
        lambda: sdk.create_session({"customer_id": UNKNOWN}),
    )
    check.same("portal: customer", sdk.portal_customer(session.token).email, who)
    check.same("portal: keys", [k.id for k in sdk.portal_list_keys(session.token).items], [key.id])
    check.same(
        "portal: keys of a benefit",
        [k.id for k in sdk.portal_list_keys(session.token, benefit_id=benefit.id).items],
        [key.id],
    )
    shown = sdk.portal_get_key(session.token, key.id)
    check.same("portal: activations", [a.id for a in shown.activations], [office.id])
    check.refused(
        "portal: another's key",
        "ResourceNotFound",
        "Not found",
        lambda: sdk.portal_get_key(session.token, UNKNOWN),
    )
    check.same(
        "portal: subscriptions",
        [s.id for s in sdk.portal_subscriptions(session.token).items],
        [subscription.id],
    )
    check.same("portal: grants", [g.benefit_id for g in sdk.portal_grants(session.token).items], [benefit.id])
    check.same("portal: orders", sdk.portal_orders(session.token).pagination.max_page in (0, 1), True)

    # The subscription ends.
    ending = sdk.update_subscription(subscription.id, {"cancel_at_period_end": True})
    check.same("cancels at the end", (plain(ending.status), ending.cancel_at_period_end), ("active", True))
    check.same("the key stays", plain(sdk.get_key(key.id).status), "granted")
    check.same(
        "uncanceled",
        sdk.update_subscription(subscription.id, {"cancel_at_period_end": False}).cancel_at_period_end,
        False,
    )
    revoked = sdk.revoke_subscription(subscription.id)
    check.same("revoked", plain(revoked.status), "canceled")
    check.that("ended", revoked.ended_at is not None)
    gone = sdk.get_key(key.id)
    check.same("the key is revoked", plain(gone.status), "revoked")
    check.same("the activations stay", [a.id for a in gone.activations], [office.id])
    check.refused(
        "revoked key",
        "ResourceNotFound",
        "License key is no longer active.",
        lambda: sdk.core_keys.validate(named),
    )
    check.refused(
        "revoked twice",
        "AlreadyCanceledSubscription",
        "This subscription is already canceled or will be at the end of the period.",
        lambda: sdk.revoke_subscription(subscription.id),
    )

    # What the webhook brought.
    deliveries = receiver.wait_for(3)
    types = []
    for headers, body in deliveries:
        event = sdk.validate_event(body, headers, endpoint.secret)
        types.append(kind(event))
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        digest = hmac.new(endpoint.secret.encode(), signed, hashlib.sha256).digest()
        check.same(
            f"webhook {types[-1]} is signed",
            headers["webhook-signature"],
            f"v1,{base64.b64encode(digest).decode()}",
        )
    check.same(
        "webhooks in order",
        types,
        ["customer.created", "benefit_grant.created", "subscription.revoked"],
    )
    sent = sdk.list_webhook_deliveries(endpoint_id=endpoint.id).items
    check.same("deliveries are listed", [(d.succeeded, d.http_code) for d in sent], [(True, 200)] * 3)
    sdk.redeliver(sent[0].webhook_event.id)
    check.same("redelivered", len(receiver.wait_for(4)), 4)
    check.that(
        "another secret",
        sdk.reset_webhook_secret(endpoint.id).secret not in (None, endpoint.secret),
    )
    check.same("paused", sdk.update_webhook_endpoint(endpoint.id, {"enabled": False}).enabled, False)
    check.same("webhook endpoint is deleted", sdk.delete_webhook_endpoint(endpoint.id), None)

    # Who may not.
    check.same("organization", sdk.get_organization(ORGANIZATION).id, ORGANIZATION)
    check.same("organizations", [o.id for o in sdk.list_organizations().items], [ORGANIZATION])
    check.same("the customer is deleted", sdk.delete_customer(customer.id), None)
    check.refused("gone", "ResourceNotFound", "Not found", lambda: sdk.get_customer(customer.id))
    check.same("the benefit is deleted", sdk.delete_benefit(benefit.id), None)
    check.refused("gone as well", "ResourceNotFound", "Not found", lambda: sdk.get_benefit(benefit.id))
    check.refused(sdk.unknown_token[0], *sdk.unknown_token[1:])
    check.done()
