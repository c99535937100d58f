//! Subscriptions as they are answered: to the seller, to the customer, and in the state of a customer.

use std::borrow::Cow;

use super::customer::customer;
use super::discount::discount_minimal;
use super::license_key::key_user;
use super::organization::customer_organization;
use super::price::{prices, subscription_prices};
use super::product::product;
use crate::answer::{Echo, MetadataView};
use crate::generated::answers::{
    BenefitPublic, CustomerStateSubscription, CustomerSubscription, CustomerSubscriptionProduct,
    PendingSubscriptionUpdate, Subscription, SubscriptionUser,
};
use crate::refusal::Refusal;
use crate::rules;
use crate::state::{self, Benefit, Directory, Discount, PendingUpdate, Product};

/// What the seller sees. A subscription always has a customer; losing one is a mistake of this server.
pub(in crate::operations) fn subscription<'a>(
    directory: &'a Directory,
    row: &'a state::Subscription,
) -> Result<Subscription<'a>, Refusal> {
    let buyer = directory.customers.find(row.customer_id);
    let buyer = buyer.ok_or_else(|| Refusal::internal("a subscription has no customer"))?;
    let plan = plan(directory, row)?;
    let shown = customer(directory, buyer);
    let prices = subscription_prices(plan, row);
    Ok(Subscription {
        customer_state_subscription: subscription_state(directory, row)?,
        recurring_interval_count: row.interval(plan).1,
        ended_at: row.ended_at,
        pause_at_period_end: row.pause_at_period_end,
        paused_at: row.paused_at,
        resumes_at: Echo::Stored(row.resumes_at),
        pending_update: row.pending_update.as_ref().map(pending_update),
        customer_id: row.customer_id,
        past_due_at: row.past_due_at,
        checkout_id: row.checkout_id,
        discount: discount_of(directory, row).map(discount_minimal),
        customer_cancellation_reason: row
            .customer_cancellation_reason
            .as_deref()
            .map(Cow::Borrowed),
        customer_cancellation_comment: row
            .customer_cancellation_comment
            .as_deref()
            .map(Cow::Borrowed),
        user_id: row.customer_id,
        user: SubscriptionUser {
            license_key_user: key_user(directory, buyer, shown.avatar_url.clone()),
        },
        customer: shown,
        product: product(directory, plan),
        price: prices.first().cloned(),
        prices,
    })
}

/// What a customer's state says of a subscription.
pub(super) fn subscription_state<'a>(
    directory: &'a Directory,
    row: &'a state::Subscription,
) -> Result<CustomerStateSubscription<'a>, Refusal> {
    let plan = plan(directory, row)?;
    Ok(CustomerStateSubscription {
        id: row.id,
        created_at: row.created_at,
        modified_at: row.modified_at,
        metadata: MetadataView(&row.metadata.0),
        status: Cow::Borrowed(&row.status),
        amount: amount(directory, row),
        currency: Cow::Borrowed(row.currency(plan)),
        recurring_interval: Cow::Borrowed(interval(plan, row)?),
        current_period_start: row.current_period_start,
        current_period_end: Echo::Stored(Some(row.current_period_end)),
        trial_start: row.trial_start,
        trial_end: Echo::Stored(row.trial_end),
        cancel_at_period_end: row.cancel_at_period_end,
        canceled_at: row.canceled_at,
        started_at: Some(row.started_at),
        ends_at: row.ends_at,
        product_id: row.product_id,
        discount_id: row.discount_id,
        price_id: row.prices_of(plan).next().map(|price| price.id),
    })
}

/// What the customer sees.
pub(in crate::operations) fn customer_subscription<'a>(
    directory: &'a Directory,
    row: &'a state::Subscription,
) -> Result<CustomerSubscription<'a>, Refusal> {
    let plan = plan(directory, row)?;
    let prices = subscription_prices(plan, row);
    let state = subscription_state(directory, row)?;
    Ok(CustomerSubscription {
        created_at: state.created_at,
        modified_at: state.modified_at,
        id: state.id,
        amount: state.amount,
        currency: state.currency,
        recurring_interval: state.recurring_interval,
        recurring_interval_count: row.interval(plan).1,
        status: state.status,
        current_period_start: state.current_period_start,
        current_period_end: row.current_period_end,
        trial_start: row.trial_start,
        trial_end: row.trial_end,
        pause_at_period_end: row.pause_at_period_end,
        paused_at: row.paused_at,
        resumes_at: row.resumes_at,
        pending_update: row.pending_update.as_ref().map(pending_update),
        cancel_at_period_end: state.cancel_at_period_end,
        canceled_at: state.canceled_at,
        started_at: state.started_at,
        ends_at: state.ends_at,
        ended_at: row.ended_at,
        past_due_at: row.past_due_at,
        checkout_id: row.checkout_id,
        discount_id: row.discount_id,
        customer_id: row.customer_id,
        product_id: state.product_id,
        customer_cancellation_reason: row
            .customer_cancellation_reason
            .as_deref()
            .map(Cow::Borrowed),
        customer_cancellation_comment: row
            .customer_cancellation_comment
            .as_deref()
            .map(Cow::Borrowed),
        price_id: state.price_id,
        user_id: row.customer_id,
        product: customer_product(directory, plan)?,
        price: prices.first().cloned(),
        prices,
    })
}

pub(super) fn customer_product<'a>(
    directory: &'a Directory,
    row: &'a Product,
) -> Result<CustomerSubscriptionProduct<'a>, Refusal> {
    let organization = directory.organizations.find(row.organization_id);
    let organization =
        organization.ok_or_else(|| Refusal::internal("a product has no organization"))?;
    let benefits = row.benefits.iter();
    let benefits = benefits.filter_map(|&id| directory.benefits.find(id));
    let public =
        benefits.filter(|benefit| benefit.deleted_at.is_none() && benefit.visibility == "public");
    Ok(CustomerSubscriptionProduct {
        id: row.id,
        created_at: row.created_at,
        modified_at: row.modified_at,
        trial_interval: row.trial_interval.as_deref().map(Cow::Borrowed),
        trial_interval_count: row.trial_interval_count,
        name: Cow::Borrowed(&row.name),
        description: row.description.as_deref().map(Cow::Borrowed),
        visibility: Cow::Borrowed(&row.visibility),
        recurring_interval: row.recurring_interval.as_deref().map(Cow::Borrowed),
        recurring_interval_count: row.recurring_interval_count,
        meter_interval: row.meter_interval.as_deref().map(Cow::Borrowed),
        meter_interval_count: row.meter_interval_count,
        is_recurring: row.recurring_interval.is_some(),
        is_archived: row.is_archived,
        organization_id: row.organization_id,
        prices: prices(row),
        benefits: public.map(benefit_public).collect(),
        organization: customer_organization(organization),
    })
}

pub(super) fn benefit_public(row: &Benefit) -> BenefitPublic<'_> {
    BenefitPublic {
        id: row.id,
        created_at: row.created_at,
        modified_at: row.modified_at,
        r#type: Cow::Borrowed(&row.kind),
        description: Cow::Borrowed(&row.description),
        is_deleted: row.deleted_at.is_some(),
        organization_id: row.organization_id,
    }
}

/// The product of a subscription. There always is one; losing it is a mistake of this server.
pub(in crate::operations) fn plan<'a>(
    directory: &'a Directory,
    row: &state::Subscription,
) -> Result<&'a Product, Refusal> {
    let found = directory.products.find(row.product_id);
    found.ok_or_else(|| Refusal::internal("a subscription has no product"))
}

fn interval<'a>(product: &'a Product, row: &'a state::Subscription) -> Result<&'a str, Refusal> {
    let interval = row.interval(product).0;
    interval.ok_or_else(|| Refusal::internal("the product of a subscription is not recurring"))
}

/// The discount on the periods of a subscription.
pub(in crate::operations) fn discount_of<'a>(
    directory: &'a Directory,
    row: &state::Subscription,
) -> Option<&'a Discount> {
    row.discount_id.and_then(|id| directory.discounts.find(id))
}

/// What a period costs without tax, in cents.
pub(in crate::operations) fn amount(directory: &Directory, row: &state::Subscription) -> i64 {
    let Some(plan) = directory.products.find(row.product_id) else {
        return 0;
    };
    let prices = row.prices_of(plan);
    let amount = prices.map(|price| row.amount_of(price)).sum();
    let off = |discount| rules::amount_off(discount, amount, row.currency(plan));
    amount - discount_of(directory, row).map_or(0, off)
}

fn pending_update(row: &PendingUpdate) -> PendingSubscriptionUpdate {
    PendingSubscriptionUpdate {
        created_at: row.created_at,
        modified_at: row.modified_at,
        id: row.id,
        applies_at: row.applies_at,
        product_id: Some(row.product_id),
    }
}
