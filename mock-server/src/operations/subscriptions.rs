//! `subscriptions:*`

use std::cmp::Ordering;
use std::sync::Arc;

use serde_json::value::to_raw_value;
use uuid::Uuid;

use super::resources::{pagination, subscription};
use super::{Call, Context};
use crate::answer::{Answer, MetadataView, Outcome};
use crate::contract::{Moment, Patch};
use crate::generated::answers::{self, ListResourceSubscription};
use crate::generated::operations::Subscriptions;
use crate::generated::requests::{
    SubscriptionsCreate, SubscriptionsGet, SubscriptionsList, SubscriptionsRevoke,
    SubscriptionsUpdate,
};
use crate::json::{Dict, Value};
use crate::refusal::Refusal;
use crate::rules::{self, NewProduct, Page, Reasons, SubscriptionUpdate, is_one_of};
use crate::state::{Directory, Job, Product, Subscription, new_uuid};

impl Subscriptions for Call<'_> {
    fn list(&self, asked: SubscriptionsList) -> Outcome<ListResourceSubscription<'static>> {
        let page = Page::new(asked.page, asked.limit)?;
        let directory = self.world.read();
        let mut rows: Vec<&Arc<Subscription>> = directory
            .subscriptions
            .iter()
            .filter(|row| is_listed(self, &directory, &asked, row))
            .collect();
        rules::sort(
            asked.sorting.as_deref(),
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
        let items = page.of(&rows).iter();
        let items = items.map(|row| subscription(&directory, row));
        Answer::of(&ListResourceSubscription {
            items: items.collect::<Result<_, _>>()?,
            pagination: pagination(page, rows.len()),
        })
    }

    fn create(&self, asked: SubscriptionsCreate) -> Outcome<answers::Subscription<'static>> {
        let asked = asked.body;
        let mut directory = self.world.write();
        let found = own_product(self, &directory, asked.product_id);
        let product = rules::subscribe(asked.product_id, found.as_deref())?;
        let external_id = asked.external_customer_id.as_deref();
        let customer = self.named_customer(&directory, asked.customer_id, external_id)?;
        let (metadata, now) = (asked.metadata.as_ref(), self.clock.now());
        let row = rules::new_subscription(new_uuid(), customer.id, product, metadata, now)?;
        let row = store(&self.context(), &mut directory, row, &rules::SUBSCRIBED)?;
        let answer = answer(&directory, &row, metadata);
        drop(directory);
        self.background(Job::SubscriptionChanged(row.id));
        answer
    }

    fn get(&self, asked: SubscriptionsGet) -> Outcome<answers::Subscription<'static>> {
        let directory = self.world.read();
        let row = own_subscription(self, &directory, asked.id)?;
        answer(&directory, &row, None)
    }

    fn update(&self, asked: SubscriptionsUpdate) -> Outcome<answers::Subscription<'static>> {
        let (id, asked) = (asked.id, asked.body);
        let reasons = Reasons {
            reason: asked.customer_cancellation_reason.change().flatten(),
            comment: asked.customer_cancellation_comment.change().flatten(),
        };
        if asked.revoke == Some(true) {
            return revoke(self, id, &reasons);
        }
        let mut directory = self.world.write();
        let old = own_subscription(self, &directory, id)?;
        let product = directory.products.get(old.product_id);
        let product = product.ok_or_else(|| Refusal::internal("a subscription has no product"))?;
        let new = asked.product_id.change().flatten();
        let found = new.and_then(|id| own_product(self, &directory, id));
        let metadata = asked.metadata.as_ref();
        let update = SubscriptionUpdate {
            metadata,
            product: new.map(|id| NewProduct {
                id,
                found: found.as_deref(),
            }),
            discount_id: asked.discount_id.change().flatten(),
            trial_ends_now: asked.trial_end == Patch::Set(Value::Str("now".to_owned())),
            current_billing_period_end: asked
                .current_billing_period_end
                .as_ref()
                .and_then(Moment::timestamp),
            cancel_at_period_end: asked.cancel_at_period_end,
            reasons,
        };
        let updated = rules::update_subscription(&old, &product, update, self.clock.now())?;
        let row = updated.subscription;
        let row = store(&self.context(), &mut directory, row, &updated.events)?;
        let answer = answer(&directory, &row, metadata);
        drop(directory);
        if row.product_id != old.product_id {
            self.background(Job::SubscriptionChanged(id));
        }
        answer
    }

    fn revoke(&self, asked: SubscriptionsRevoke) -> Outcome<answers::Subscription<'static>> {
        revoke(self, asked.id, &Reasons::default())
    }
}

fn is_listed(
    call: &Call<'_>,
    directory: &Directory,
    asked: &SubscriptionsList,
    row: &Subscription,
) -> bool {
    let Some(customer) = directory.customers.find(row.customer_id) else {
        return false;
    };
    let moment = |moment: &Option<Moment>| moment.as_ref().and_then(Moment::timestamp);
    let (organization, external_id) = (customer.organization_id, &customer.external_id);
    let reason = &row.customer_cancellation_reason;
    let (canceled, started) = (row.canceled_at, row.started_at);
    call.organizations().contains(&organization)
        && is_one_of(&organization, asked.organization_id.as_ref())
        && is_one_of(&row.product_id, asked.product_id.as_ref())
        && is_one_of(&row.customer_id, asked.customer_id.as_ref())
        && is_one_of(&row.status, asked.status.as_ref())
        && rules::is_some_of(external_id.as_ref(), asked.external_customer_id.as_ref())
        && rules::is_some_of(reason.as_ref(), asked.customer_cancellation_reason.as_ref())
        && rules::is_some_of(None, asked.discount_id.as_ref())
        && asked.active.is_none_or(|active| active == row.is_active())
        && asked
            .cancel_at_period_end
            .is_none_or(|flag| flag == row.cancel_at_period_end)
        && moment(&asked.canceled_at_after)
            .is_none_or(|after| canceled.is_some_and(|at| at >= after))
        && moment(&asked.canceled_at_before)
            .is_none_or(|before| canceled.is_some_and(|at| at <= before))
        && moment(&asked.started_after).is_none_or(|after| started >= after)
        && moment(&asked.started_before).is_none_or(|before| started <= before)
        && asked
            .metadata
            .as_ref()
            .is_none_or(|wanted| rules::has_metadata(&row.metadata.0, wanted))
}

fn revoke(call: &Call<'_>, id: Uuid, reasons: &Reasons) -> Outcome<answers::Subscription<'static>> {
    let mut directory = call.world.write();
    let old = own_subscription(call, &directory, id)?;
    let ended = rules::revoke_subscription(&old, reasons, call.clock.now())?;
    let row = store(&call.context(), &mut directory, ended, &rules::ENDED)?;
    let answer = answer(&directory, &row, None);
    drop(directory);
    call.background(Job::SubscriptionChanged(id));
    answer
}

/// Ends a subscription at once and says so. Its grants follow.
pub(super) fn end_subscription(
    context: &Context<'_>,
    directory: &mut Directory,
    old: &Subscription,
) -> Result<(), Refusal> {
    let ended = rules::end_subscription(old, context.now);
    store(context, directory, ended, &rules::ENDED)?;
    Ok(())
}

/// Keeps a new or changed subscription, and says what happened to it.
fn store(
    context: &Context<'_>,
    directory: &mut Directory,
    row: Subscription,
    events: &[&str],
) -> Result<Arc<Subscription>, Refusal> {
    let row = directory.put_subscription(row);
    if !events.is_empty() {
        let shown = subscription(directory, &row)?;
        let organization_id = shown.product.organization_id;
        let data = to_raw_value(&shown).map_err(|error| {
            Refusal::internal(format!("a subscription cannot be written: {error}"))
        })?;
        for kind in events {
            context.emit(directory, organization_id, kind, &data);
        }
    }
    Ok(row)
}

/// Answers with a subscription. Metadata is shown as it was just given, where it was.
fn answer(
    directory: &Directory,
    row: &Subscription,
    metadata: Option<&Dict>,
) -> Outcome<answers::Subscription<'static>> {
    let mut shown = subscription(directory, row)?;
    if let Some(given) = metadata {
        shown.customer_state_subscription.metadata = MetadataView(given);
    }
    Answer::of(&shown)
}

/// A product, if the caller has it.
fn own_product(call: &Call<'_>, directory: &Directory, id: Uuid) -> Option<Arc<Product>> {
    let found = directory.products.get(id);
    found.filter(|product| call.organizations().contains(&product.organization_id))
}

fn own_subscription(
    call: &Call<'_>,
    directory: &Directory,
    id: Uuid,
) -> Result<Arc<Subscription>, Refusal> {
    let found = directory.subscriptions.get(id);
    let mine = |row: &Arc<Subscription>| own_product(call, directory, row.product_id).is_some();
    found.filter(mine).ok_or(Refusal::UNKNOWN)
}
