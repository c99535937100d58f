//! `subscriptions:*`

use std::cmp::Ordering;
use std::sync::Arc;

use uuid::Uuid;

use super::customers::emit_state;
use super::filters::{check_filters, moment};
use super::renewals::{bill, carry_on, charge, order_for, place_and_balance};
use super::resources::{amount, discount_of, pagination, subscription};
use super::subscription_store::{keep, store};
use super::{Call, Context};
use crate::answer::{Answer, Echo, MetadataView, Outcome};
use crate::contract::{Moment, Patch};
use crate::generated::answers::{self, ListResourceSubscription};
use crate::generated::operations::Subscriptions;
use crate::generated::requests::{
    SubscriptionUpdate as Asked, SubscriptionsCreate, SubscriptionsGet, SubscriptionsList,
    SubscriptionsRevoke, SubscriptionsUpdate,
};
use crate::json::Dict;
use crate::refusal::Refusal;
use crate::rules::{
    self, Bill, Change, NewDiscount, NewProduct, Page, Plans, Proration, Reasons, TrialEnd,
    is_one_of,
};
use crate::state::{Directory, Discount, Job, Order, Product, Subscription, new_uuid};

impl Subscriptions for Call<'_> {
    fn list(&self, asked: SubscriptionsList) -> Outcome<ListResourceSubscription<'static>> {
        let page = Page::new(asked.page, asked.limit)?;
        let (ids, metadata) = (asked.external_customer_id.as_ref(), asked.metadata.as_ref());
        let canceled = [&asked.canceled_at_after, &asked.canceled_at_before];
        let started = [&asked.started_after, &asked.started_before];
        check_filters(ids, metadata, &[canceled, started].concat())?;
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
            |criterion, a, b| compare(&directory, criterion, a, b),
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
        let given = Given {
            metadata,
            ..Given::default()
        };
        let answer = answer(&directory, &row, &given);
        drop(directory);
        self.background(Job::SubscriptionChanged(row.id));
        answer
    }

    fn get(&self, asked: SubscriptionsGet) -> Outcome<answers::Subscription<'static>> {
        let directory = self.world.read();
        let row = own_subscription(self, &directory, asked.id)?;
        answer(&directory, &row, &Given::default())
    }

    fn update(&self, asked: SubscriptionsUpdate) -> Outcome<answers::Subscription<'static>> {
        let (id, asked) = (asked.id, asked.body);
        let mut directory = self.world.write();
        let old = own_subscription(self, &directory, id)?;
        let involved = Involved::of(&directory, &old)?;
        let plans = involved.plans();
        let found = asked.product_id.value().and_then(|&id| {
            let found = directory.products.get(id);
            found.filter(|found| found.organization_id == plans.current.organization_id)
        });
        let wanted = asked.discount_id.value().copied();
        let wanted = wanted.and_then(|id| directory.discounts.get(id));
        let organization_id = plans.current.organization_id;
        let wanted = wanted.filter(|wanted| wanted.organization_id == organization_id);
        let change = change(&asked, found.as_deref(), wanted.as_deref())?;
        let given = Given::of(&change);
        let changed = rules::change_subscription(&old, plans, &change, self.clock.now())?;
        let context = self.context();
        let (to_pay, events) = (changed.bill, changed.events);
        let (row, order) = match to_pay {
            Some(Bill::Change) => pay_change(&context, &mut directory, changed.subscription)?,
            _ => (changed.subscription, None),
        };
        if let Some(discount) = &wanted {
            directory.discounts.put(Discount {
                redemptions_count: discount.redemptions_count + 1,
                ..Discount::clone(discount)
            });
        }
        let row = store(&context, &mut directory, row, &events)?;
        let answer = answer(&directory, &row, &given);
        let follows = is_entitled_anew(&change, &old, &row);
        if !follows {
            emit_state(&context, &mut directory, row.customer_id);
        }
        drop(directory);
        if follows {
            self.background(Job::SubscriptionChanged(id));
        }
        if to_pay.is_some() {
            let mut directory = self.world.write();
            let order = match order {
                Some(order) => order,
                None => bill(&context, &mut directory, &row, Bill::Period)?,
            };
            charge(&context, &mut directory, &order)?;
        }
        answer
    }

    fn revoke(&self, asked: SubscriptionsRevoke) -> Outcome<answers::Subscription<'static>> {
        revoke(self, asked.id)
    }
}

/// Bills a change that is paid for at once. It does not happen if it cannot be paid.
fn pay_change(
    context: &Context<'_>,
    directory: &mut Directory,
    row: Subscription,
) -> Result<(Subscription, Option<Arc<Order>>), Refusal> {
    let order = order_for(context, directory, &row, Bill::Change)?;
    let payment = context.settings.payments.default;
    rules::check_payment(&row, order.due_amount(), payment)?;
    let row = Subscription {
        pending_items: Vec::new(),
        ..row
    };
    directory.put_subscription(row.clone());
    let order = place_and_balance(context, directory, order)?;
    Ok((row, Some(order)))
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
        && rules::is_some_of(row.discount_id.as_ref(), asked.discount_id.as_ref())
        && rules::is_listed_as_active(row, asked.active)
        && asked
            .cancel_at_period_end
            .is_none_or(|flag| flag == row.cancel_at_period_end)
        && moment(&asked.canceled_at_after)
            .is_none_or(|after| canceled.is_some_and(|at| at >= after))
        && moment(&asked.canceled_at_before)
            .is_none_or(|before| canceled.is_some_and(|at| at <= before))
        && moment(&asked.started_after).is_none_or(|after| started > after)
        && moment(&asked.started_before).is_none_or(|before| started < before)
        && asked
            .metadata
            .as_ref()
            .is_none_or(|wanted| rules::has_metadata(&row.metadata.0, wanted))
}

fn compare(directory: &Directory, criterion: &str, a: &Subscription, b: &Subscription) -> Ordering {
    let email = |row: &Subscription| {
        let customer = directory.customers.find(row.customer_id);
        customer.and_then(|customer| customer.email.as_deref())
    };
    let name = |row: &Subscription| {
        let product = directory.products.find(row.product_id);
        product.map(|product| product.name.as_str())
    };
    let monthly = |row: &Subscription| {
        let product = directory.products.find(row.product_id);
        let interval = product.and_then(|product| product.recurring_interval.as_deref());
        rules::monthly_amount(row, amount(directory, row), interval)
    };
    match criterion {
        "started_at" => a.started_at.cmp(&b.started_at),
        "current_period_end" => a.current_period_end.cmp(&b.current_period_end),
        "ended_at" => rules::nulls_last(&a.ended_at, &b.ended_at),
        "ends_at" => rules::nulls_last(&a.ends_at, &b.ends_at),
        "status" => rules::status_place(a).cmp(&rules::status_place(b)),
        "customer" => rules::nulls_last(&email(a), &email(b)),
        "product" => name(a).cmp(&name(b)),
        "amount" => monthly(a).cmp(&monthly(b)),
        _ => {
            let name = |row| discount_of(directory, row).map(|discount| &discount.name);
            rules::nulls_last(&name(a), &name(b))
        }
    }
}

/// The change that a PATCH asks for. `found` is the product that it names, `wanted` the discount.
fn change<'u>(
    asked: &'u Asked,
    found: Option<&'u Product>,
    wanted: Option<&'u Discount>,
) -> Result<Change<'u>, Refusal> {
    let reasons = || Reasons {
        reason: asked.customer_cancellation_reason.value().cloned(),
        comment: asked.customer_cancellation_comment.value().cloned(),
    };
    let proration = Proration::named(asked.proration_behavior.value().map(String::as_str));
    Ok(if asked.revoke == Some(true) {
        Change::Revoke(reasons())
    } else if let Some(cancel) = asked.cancel_at_period_end {
        match cancel {
            true => Change::Cancel(reasons()),
            false => Change::Uncancel,
        }
    } else if let Some(pause) = asked.pause_at_period_end {
        match pause {
            true => Change::Pause(asked.resumes_at.value()),
            false => Change::KeepRunning,
        }
    } else if asked.resume == Some(true) {
        Change::Resume
    } else if asked.seats.is_some() {
        Change::Seats(proration)
    } else if asked.units.is_some() {
        Change::Units(proration)
    } else if let Some(end) = &asked.current_billing_period_end {
        Change::PeriodEnd(end)
    } else if asked.pending_update == Patch::Null {
        Change::ClearPending
    } else {
        Change::Details {
            product: asked.product_id.value().map(|&id| NewProduct { id, found }),
            proration,
            discount: match asked.discount_id {
                Patch::Keep => None,
                Patch::Null => Some(None),
                Patch::Set(id) => Some(Some(NewDiscount { id, found: wanted })),
            },
            trial_end: asked.trial_end.value().map(TrialEnd::read).transpose()?,
            metadata: asked.metadata.as_ref(),
        }
    })
}

/// Whether what a subscription comes with is looked at again: its product was given once more or changed, or it began or
/// ended.
fn is_entitled_anew(change: &Change<'_>, old: &Subscription, new: &Subscription) -> bool {
    let is_given = match change {
        Change::Details {
            product, proration, ..
        } => product.is_some() && *proration != Proration::NextPeriod,
        _ => false,
    };
    is_given || new.product_id != old.product_id || new.is_active() != old.is_active()
}

fn revoke(call: &Call<'_>, id: Uuid) -> Outcome<answers::Subscription<'static>> {
    let mut directory = call.world.write();
    let old = own_subscription(call, &directory, id)?;
    let ended = rules::revoke_subscription(&old, &Reasons::default(), call.clock.now())?;
    let row = store(&call.context(), &mut directory, ended, &rules::ENDED)?;
    let answer = answer(&directory, &row, &Given::default());
    drop(directory);
    call.background(Job::SubscriptionChanged(id));
    answer
}

/// Lets the period of a subscription end, or its pause, if that is due. It may have moved since.
pub(super) fn pass_period(
    context: &Context<'_>,
    directory: &mut Directory,
    old: &Subscription,
) -> Result<(), Refusal> {
    if old.next_change().is_none_or(|due| due > context.now) {
        return Ok(());
    }
    let involved = Involved::of(directory, old)?;
    let changed = rules::pass_period(old, involved.plans(), context.now);
    let to_pay = changed.bill;
    let row = keep(context, directory, changed)?;
    let is_updated = old.pending_update.is_some() && row.pending_update.is_none();
    if is_updated || row.is_active() != old.is_active() {
        carry_on(context, directory, &row)?;
    } else {
        // A period that just goes on gives nothing back that was taken by hand.
        emit_state(context, directory, row.customer_id);
    }
    if let Some(to_pay) = to_pay {
        let order = bill(context, directory, &row, to_pay)?;
        charge(context, directory, &order)?;
    }
    Ok(())
}

/// The products and discounts that a subscription has, and that it is to change to.
struct Involved {
    product: Arc<Product>,
    pending: Option<Arc<Product>>,
    discounts: [Option<Arc<Discount>>; 2],
}

impl Involved {
    fn of(directory: &Directory, row: &Subscription) -> Result<Self, Refusal> {
        let product = directory.products.get(row.product_id);
        let product = product.ok_or_else(|| Refusal::internal("a subscription has no product"))?;
        let update = row.pending_update.as_ref();
        let ids = [
            row.discount_id,
            update.and_then(|update| update.discount_id),
        ];
        Ok(Self {
            product,
            pending: update.and_then(|update| directory.products.get(update.product_id)),
            discounts: ids.map(|id| id.and_then(|id| directory.discounts.get(id))),
        })
    }

    fn plans(&self) -> Plans<'_> {
        Plans {
            current: &self.product,
            pending: self.pending.as_deref(),
            discounts: self.discounts.each_ref().map(Option::as_deref),
        }
    }
}

/// What an answer repeats as it was just given.
#[derive(Default)]
struct Given<'g> {
    metadata: Option<&'g Dict>,
    trial_end: Option<&'g Moment>,
    period_end: Option<&'g Moment>,
    resumes_at: Option<&'g Moment>,
}

impl<'g> Given<'g> {
    fn of(change: &'g Change<'_>) -> Self {
        let nothing = Self::default();
        match *change {
            Change::Details {
                ref trial_end,
                metadata,
                ..
            } => {
                let trial_end = match trial_end {
                    Some(TrialEnd::At(end)) => Some(end),
                    _ => None,
                };
                Self {
                    metadata,
                    trial_end,
                    period_end: trial_end,
                    ..nothing
                }
            }
            Change::PeriodEnd(end) => Self {
                period_end: Some(end),
                ..nothing
            },
            Change::Pause(resumes_at) => Self {
                resumes_at,
                ..nothing
            },
            _ => nothing,
        }
    }
}

/// Answers with a subscription.
fn answer<'a>(
    directory: &'a Directory,
    row: &'a Subscription,
    given: &Given<'a>,
) -> Outcome<answers::Subscription<'static>> {
    let mut shown = subscription(directory, row)?;
    let echo = |place: &mut Echo<'a>, given: Option<&'a Moment>| {
        if let Some(given) = given {
            *place = Echo::Given(given.text());
        }
    };
    if let Some(given) = given.metadata {
        shown.customer_state_subscription.metadata = MetadataView(given);
    }
    let state = &mut shown.customer_state_subscription;
    echo(&mut state.trial_end, given.trial_end);
    echo(&mut state.current_period_end, given.period_end);
    echo(&mut shown.resumes_at, given.resumes_at);
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
