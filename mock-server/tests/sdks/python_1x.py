"""polar-sdk 1.x: python_1x.py BASE_URL VERSION"""

import importlib
import json
import sys
import urllib.request
from types import SimpleNamespace

import flow
from polar.webhooks import validate_event

base_url, version = sys.argv[1:]
package = importlib.import_module(f"polar.v{version.replace('-', '_')}")
polar = package.Polar(flow.TOKEN, base_url=base_url)
portal = polar.customer_portal


def keys(name, service):
    return SimpleNamespace(
        name=name,
        validate=lambda body: service.validate(**body),
        activate=lambda body: service.activate(**body),
        deactivate=lambda body: service.deactivate(**body),
    )


def hooks(method, path, body=None):
    """Webhooks without the SDK: its classes want an `api_version`, which the measured server does not send."""
    request = urllib.request.Request(
        f"{base_url}/v1/webhooks/{path}",
        method=method,
        data=body and json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {flow.TOKEN}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read() or "null", object_hook=lambda fields: SimpleNamespace(**fields))


def event(body, headers, secret):
    """Verified by the SDK, not loaded into its classes: see above."""
    kind = json.loads(body)["type"]
    load = lambda payload: SimpleNamespace(**payload)
    return validate_event(body, headers, secret, frozenset([kind]), load)


flow.run(
    SimpleNamespace(
        rotates=True,
        bad_request="BadRequest",
        bad_request_detail=lambda detail: detail,
        # The class of this error is the SDK's own: a 401 that it does not know (docs/behaviour.md#sdk-errors).
        unknown_token=(
            "an unknown token",
            "PolarDeserializationError",
            None,
            lambda: polar.license_keys.list(request_access_token="polar_oat_unknown"),
        ),
        core_keys=keys("core", polar.license_keys),
        portal_keys=keys("portal", portal.license_keys),
        create_webhook_endpoint=lambda body: hooks("POST", "endpoints", body),
        list_webhook_endpoints=lambda: hooks("GET", "endpoints"),
        get_webhook_endpoint=lambda id: hooks("GET", f"endpoints/{id}"),
        update_webhook_endpoint=lambda id, body: hooks("PATCH", f"endpoints/{id}", body),
        reset_webhook_secret=lambda id: hooks("PATCH", f"endpoints/{id}/secret"),
        delete_webhook_endpoint=polar.webhooks.delete_webhook_endpoint,
        list_webhook_deliveries=lambda endpoint_id: hooks("GET", f"deliveries?endpoint_id={endpoint_id}"),
        redeliver=polar.webhooks.redeliver_webhook_event,
        validate_event=event,
        create_benefit=lambda body: polar.benefits.create(**body),
        get_benefit=polar.benefits.get,
        update_benefit=lambda id, body: polar.benefits.update(id, **body),
        delete_benefit=polar.benefits.delete,
        list_benefits=polar.benefits.list,
        benefit_grants=polar.benefits.grants,
        list_benefit_grants=polar.benefit_grants.list,
        create_product=lambda body: polar.products.create(**body),
        get_product=polar.products.get,
        list_products=polar.products.list,
        update_product_benefits=lambda id, body: polar.products.update_benefits(id, **body),
        create_customer=lambda body: polar.customers.create(**body),
        get_customer=polar.customers.get,
        get_customer_external=polar.customers.get_external,
        update_customer=lambda id, body: polar.customers.update(id, **body),
        delete_customer=polar.customers.delete,
        list_customers=polar.customers.list,
        create_subscription=lambda body: polar.subscriptions.create(**body),
        get_subscription=polar.subscriptions.get,
        list_subscriptions=polar.subscriptions.list,
        update_subscription=lambda id, body: polar.subscriptions.update(id, **body),
        revoke_subscription=polar.subscriptions.revoke,
        list_keys=polar.license_keys.list,
        every_key=polar.license_keys.iter_list,
        get_key=polar.license_keys.get,
        update_key=lambda id, body: polar.license_keys.update(id, **body),
        rotate_key=polar.license_keys.rotate,
        get_activation=polar.license_keys.get_activation,
        create_session=lambda body: polar.customer_sessions.create(**body),
        portal_customer=lambda token: portal.customers.get(request_access_token=token),
        portal_list_keys=lambda token, **query: portal.license_keys.list(**query, request_access_token=token),
        portal_get_key=lambda token, id: portal.license_keys.get(id, request_access_token=token),
        portal_subscriptions=lambda token: portal.subscriptions.list(request_access_token=token),
        portal_grants=lambda token: portal.benefit_grants.list(request_access_token=token),
        portal_orders=lambda token: portal.orders.list(request_access_token=token),
        get_organization=polar.organizations.get,
        list_organizations=polar.organizations.list,
    )
)
