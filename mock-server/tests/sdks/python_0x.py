"""polar-sdk 0.x: python_0x.py BASE_URL"""

import sys
from types import SimpleNamespace

import flow
from polar_sdk import Polar
from polar_sdk.webhooks import validate_event

polar = Polar(access_token=flow.TOKEN, server_url=sys.argv[1])
portal = polar.customer_portal


def keys(name, service):
    return SimpleNamespace(
        name=name,
        validate=lambda body: service.validate(request=body),
        activate=lambda body: service.activate(request=body),
        deactivate=lambda body: service.deactivate(request=body),
    )


def page(list_it):
    return lambda **query: list_it(**query).result


def every(list_it):
    def pages(**query):
        answer = list_it(**query)
        while answer is not None:
            yield from answer.result.items
            answer = answer.next()

    return pages


def by_id(get):
    return lambda id: get(id=id)


def in_portal(list_it):
    return lambda token, **query: list_it(security={"customer_session": token}, **query).result


flow.run(
    SimpleNamespace(
        rotates=False,
        # This generation knows no 400 of `validate`.
        bad_request="SDKError",
        bad_request_detail=lambda _: None,
        unknown_token=(
            "an unknown token",
            "ResponseValidationError",
            None,
            lambda: Polar(access_token="polar_oat_unknown", server_url=sys.argv[1]).license_keys.list(),
        ),
        core_keys=keys("core", polar.license_keys),
        portal_keys=keys("portal", portal.license_keys),
        create_webhook_endpoint=lambda body: polar.webhooks.create_webhook_endpoint(request=body),
        list_webhook_endpoints=page(polar.webhooks.list_webhook_endpoints),
        get_webhook_endpoint=by_id(polar.webhooks.get_webhook_endpoint),
        update_webhook_endpoint=lambda id, body: polar.webhooks.update_webhook_endpoint(
            id=id, webhook_endpoint_update=body
        ),
        reset_webhook_secret=by_id(polar.webhooks.reset_webhook_endpoint_secret),
        delete_webhook_endpoint=by_id(polar.webhooks.delete_webhook_endpoint),
        list_webhook_deliveries=page(polar.webhooks.list_webhook_deliveries),
        redeliver=by_id(polar.webhooks.redeliver_webhook_event),
        validate_event=validate_event,
        create_benefit=lambda body: polar.benefits.create(request=body),
        get_benefit=by_id(polar.benefits.get),
        update_benefit=lambda id, body: polar.benefits.update(id=id, request_body=body),
        delete_benefit=by_id(polar.benefits.delete),
        list_benefits=page(polar.benefits.list),
        benefit_grants=lambda id: polar.benefits.grants(id=id).result,
        list_benefit_grants=page(polar.benefit_grants.list),
        create_product=lambda body: polar.products.create(request=body),
        get_product=by_id(polar.products.get),
        list_products=page(polar.products.list),
        update_product_benefits=lambda id, body: polar.products.update_benefits(
            id=id, product_benefits_update=body
        ),
        create_customer=lambda body: polar.customers.create(request=body),
        get_customer=by_id(polar.customers.get),
        get_customer_external=lambda id: polar.customers.get_external(external_id=id),
        update_customer=lambda id, body: polar.customers.update(id=id, customer_update=body),
        delete_customer=by_id(polar.customers.delete),
        list_customers=page(polar.customers.list),
        create_subscription=lambda body: polar.subscriptions.create(request=body),
        get_subscription=by_id(polar.subscriptions.get),
        list_subscriptions=page(polar.subscriptions.list),
        update_subscription=lambda id, body: polar.subscriptions.update(id=id, subscription_update=body),
        revoke_subscription=by_id(polar.subscriptions.revoke),
        list_keys=page(polar.license_keys.list),
        every_key=every(polar.license_keys.list),
        get_key=by_id(polar.license_keys.get),
        update_key=lambda id, body: polar.license_keys.update(id=id, license_key_update=body),
        get_activation=lambda id, activation: polar.license_keys.get_activation(id=id, activation_id=activation),
        create_session=lambda body: polar.customer_sessions.create(request=body),
        portal_customer=lambda token: portal.customers.get(security={"customer_session": token}),
        portal_list_keys=in_portal(portal.license_keys.list),
        portal_get_key=lambda token, id: portal.license_keys.get(security={"customer_session": token}, id=id),
        portal_subscriptions=in_portal(portal.subscriptions.list),
        portal_grants=in_portal(portal.benefit_grants.list),
        portal_orders=in_portal(portal.orders.list),
        get_organization=by_id(polar.organizations.get),
        list_organizations=page(polar.organizations.list_organizations),
    )
)
