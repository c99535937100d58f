//! `subscriptions:*`

use std::cmp::Ordering;
use std::sync::Arc;

use super::customers::{given_metadata, kept_metadata};
use super::resources::{SubscriptionView, page_of, sorted};
use super::{Call, Outcome};
use crate::json::Value;
use crate::reply::Reply;
use crate::rules::{self, Refusal};
use crate::state::{Directory, Job, Price, Subscription, Timestamp, new_uuid};

pub(super) fn list(call: &Call<'_>) -> Outcome {
    let asked = &call.arguments;
    let directory = call.world.read();
    let (products, customers, statuses) = (
        asked.uuids("product_id"),
        asked.uuids("customer_id"),
        asked.texts("status"),
    );
    let external_ids = asked.texts("external_customer_id");
    let reasons = asked.texts("customer_cancellation_reason");
    let discounts = asked.uuids("discount_id");
    let wanted_organizations = asked.uuids("organization_id");
    let moment = |name: &str| asked.text(name).and_then(Timestamp::parse);
    let (canceled_after, canceled_before) =
        (moment("canceled_at_after"), moment("canceled_at_before"));
    let (started_after, started_before) = (moment("started_after"), moment("started_before"));
    let mut rows: Vec<Arc<Subscription>> = directory
        .subscriptions
        .iter()
        .filter(|row| call.wants_metadata(&row.metadata))
        .filter(|row| {
            let Some(customer) = directory.customers.get(row.customer_id) else {
                return false;
            };
            let external_id = customer.external_id.as_deref();
            call.organizations().contains(&customer.organization_id)
                && wanted_organizations
                    .as_ref()
                    .is_none_or(|ids| ids.contains(&customer.organization_id))
                && external_ids
                    .as_ref()
                    .is_none_or(|ids| external_id.is_some_and(|id| ids.contains(&id)))
        })
        .filter(|row| {
            products
                .as_ref()
                .is_none_or(|ids| ids.contains(&row.product_id))
        })
        .filter(|row| {
            customers
                .as_ref()
                .is_none_or(|ids| ids.contains(&row.customer_id))
        })
        .filter(|row| {
            statuses
                .as_ref()
                .is_none_or(|wanted| wanted.contains(&row.status.as_str()))
        })
        .filter(|row| {
            asked
                .flag("active")
                .is_none_or(|active| active == row.is_active())
        })
        .filter(|row| {
            asked
                .flag("cancel_at_period_end")
                .is_none_or(|flag| flag == row.cancel_at_period_end)
        })
        .filter(|row| {
            reasons.as_ref().is_none_or(|wanted| {
                row.customer_cancellation_reason
                    .as_deref()
                    .is_some_and(|reason| wanted.contains(&reason))
            })
        })
        .filter(|_| discounts.as_ref().is_none_or(Vec::is_empty))
        .filter(|row| {
            canceled_after.is_none_or(|after| row.canceled_at.is_some_and(|at| at >= after))
        })
        .filter(|row| {
            canceled_before.is_none_or(|before| row.canceled_at.is_some_and(|at| at <= before))
        })
        .filter(|row| started_after.is_none_or(|after| row.started_at >= after))
        .filter(|row| started_before.is_none_or(|before| row.started_at <= before))
        .cloned()
        .collect();
    sorted(
        asked,
        &["-started_at"],
        &mut rows,
        |criterion, a, b| match criterion {
            "started_at" => a.started_at.cmp(&b.started_at),
            "current_period_end" => a.current_period_end.cmp(&b.current_period_end),
            "ended_at" => a.ended_at.cmp(&b.ended_at),
            "ends_at" => a.ends_at.cmp(&b.ends_at),
            "status" => a.status.cmp(&b.status),
            "customer" => a.customer_id.cmp(&b.customer_id),
            "product" => a.product_id.cmp(&b.product_id),
            _ => Ordering::Equal,
        },
    );
    page_of(asked, rows, |row| SubscriptionView::new(&directory, row))
}

pub(super) fn create(call: &Call<'_>) -> Outcome {
    let asked = &call.arguments;
    let mut directory = call.world.write();
    let given = asked.text("product_id").unwrap_or_default();
    let refuse = |message| Refusal::invalid("product_id", message, Value::Str(given.to_owned()));
    let product = asked
        .uuid("product_id")
        .and_then(|id| directory.products.get(id));
    let product = product.filter(|product| call.organizations().contains(&product.organization_id));
    let product = product.ok_or_else(|| refuse("Product does not exist."))?;
    let interval = product
        .recurring_interval
        .as_deref()
        .ok_or_else(|| refuse("Product is not a recurring product."))?;
    if product.is_archived {
        return Err(refuse("Product is archived."));
    }
    if !product
        .prices
        .iter()
        .filter(|price| !price.is_archived)
        .all(Price::is_free)
    {
        let message = "Product is not free. The customer should go through a checkout to create a paid subscription.";
        return Err(refuse(message));
    }
    let customer = call.named_customer(
        &directory,
        asked.uuid("customer_id"),
        asked.text("external_customer_id"),
    )?;
    let now = call.clock.now();
    let metadata = given_metadata(asked);
    let period = product.recurring_interval_count.unwrap_or(1);
    let subscription = Subscription {
        id: new_uuid(),
        customer_id: customer.id,
        product_id: product.id,
        status: "active".into(),
        started_at: now,
        current_period_start: now,
        current_period_end: rules::add_interval(now, interval, period).unwrap_or(now),
        cancel_at_period_end: false,
        canceled_at: None,
        ends_at: None,
        ended_at: None,
        customer_cancellation_reason: None,
        customer_cancellation_comment: None,
        metadata: kept_metadata(metadata.as_ref())?,
        created_at: now,
        modified_at: None,
    };
    let subscription = directory.put_subscription(subscription);
    let view = SubscriptionView::new(&directory, subscription.clone())?;
    for kind in [
        "subscription.created",
        "subscription.active",
        "subscription.updated",
    ] {
        call.scene()
            .emit(&mut directory, product.organization_id, kind, &view);
    }
    drop(directory);
    call.background(Job::SubscriptionChanged(subscription.id));
    Ok(Reply::json(201, &view.with_metadata(metadata)))
}

pub(super) fn get(call: &Call<'_>) -> Outcome {
    let directory = call.world.read();
    let view = SubscriptionView::new(&directory, asked_subscription(call, &directory)?)?;
    drop(directory);
    Ok(Reply::json(200, &view))
}

pub(super) fn asked_subscription(
    call: &Call<'_>,
    directory: &Directory,
) -> Result<Arc<Subscription>, Refusal> {
    let found = call
        .arguments
        .uuid("id")
        .and_then(|id| directory.subscriptions.get(id));
    let mine = |row: &Arc<Subscription>| {
        directory
            .products
            .get(row.product_id)
            .is_some_and(|product| call.organizations().contains(&product.organization_id))
    };
    found.filter(mine).ok_or(Refusal::UNKNOWN)
}
