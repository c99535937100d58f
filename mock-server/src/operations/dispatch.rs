//! From an operation to the function that answers it.

use super::{
    Call, benefits, customer_portal, organizations, products, subscription_changes, subscriptions,
    webhooks,
};
use crate::contract::Arguments;
use crate::generated::operations::{self as generated, Legacy, Operation};
use crate::reply::Reply;
use crate::rules::Refusal;

/// Answers a call of an operation.
pub fn answer(operation: Operation, call: &mut Call<'_>, arguments: Arguments) -> Reply {
    generated::answer(operation, call, arguments, legacy)
        .unwrap_or_else(|refusal| Reply::refusal(&refusal))
}

/// Answers a call of an operation whose tag has no generated trait yet.
fn legacy(operation: Legacy, call: &mut Call<'_>, arguments: Arguments) -> Result<Reply, Refusal> {
    call.arguments = arguments;
    match operation {
        Legacy::CustomerPortalBenefitGrantsList => customer_portal::list_grants(call),
        Legacy::CustomerPortalBenefitGrantsGet => customer_portal::get_grant(call),
        Legacy::CustomerPortalSubscriptionsList => customer_portal::list_subscriptions(call),
        Legacy::CustomerPortalSubscriptionsGet => customer_portal::get_subscription(call),
        Legacy::CustomerPortalOrdersList => customer_portal::list_orders(call),
        Legacy::CustomerPortalOrdersGet => customer_portal::get_order(call),
        Legacy::BenefitsList => benefits::list(call),
        Legacy::BenefitsCreate => benefits::create(call),
        Legacy::BenefitsGet => benefits::get(call),
        Legacy::BenefitsUpdate => benefits::update(call),
        Legacy::BenefitsDelete => benefits::delete(call),
        Legacy::BenefitsGrants => benefits::grants(call),
        Legacy::BenefitGrantsList => benefits::list_grants(call),
        Legacy::ProductsList => products::list(call),
        Legacy::ProductsCreate => products::create(call),
        Legacy::ProductsGet => products::get(call),
        Legacy::ProductsUpdate => products::update(call),
        Legacy::ProductsUpdateBenefits => products::update_benefits(call),
        Legacy::OrganizationsList => organizations::list(call),
        Legacy::OrganizationsGet => organizations::get(call),
        Legacy::SubscriptionsList => subscriptions::list(call),
        Legacy::SubscriptionsCreate => subscriptions::create(call),
        Legacy::SubscriptionsGet => subscriptions::get(call),
        Legacy::SubscriptionsUpdate => subscription_changes::update(call),
        Legacy::SubscriptionsRevoke => subscription_changes::revoke(call),
        Legacy::WebhooksListWebhookEndpoints => webhooks::list_endpoints(call),
        Legacy::WebhooksCreateWebhookEndpoint => webhooks::create_endpoint(call),
        Legacy::WebhooksGetWebhookEndpoint => webhooks::get_endpoint(call),
        Legacy::WebhooksUpdateWebhookEndpoint => webhooks::update_endpoint(call),
        Legacy::WebhooksDeleteWebhookEndpoint => webhooks::delete_endpoint(call),
        Legacy::WebhooksResetWebhookEndpointSecret => webhooks::reset_secret(call),
        Legacy::WebhooksListWebhookDeliveries => webhooks::list_deliveries(call),
        Legacy::WebhooksRedeliverWebhookEvent => webhooks::redeliver(call),
    }
}
