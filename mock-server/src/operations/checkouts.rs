//! `checkouts:*`

use std::cmp::Ordering;
use std::sync::Arc;

use uuid::Uuid;

use super::resources::{checkout, checkout_public, pagination};
use super::{Call, Context};
use crate::answer::{Answer, MetadataView, Outcome};
use crate::contract::Patch;
use crate::generated::answers::{self, ListResourceCheckout};
use crate::generated::operations::Checkouts;
use crate::generated::requests::{
    CheckoutCreate, CheckoutUpdate as Asked, CheckoutUpdatePublic, CheckoutsClientConfirm,
    CheckoutsClientGet, CheckoutsClientUpdate, CheckoutsCreate, CheckoutsGet, CheckoutsList,
    CheckoutsUpdate,
};
use crate::json::Dict;
use crate::mistake;
use crate::refusal::{CheckoutRefusal, Refusal};
use crate::rules::{
    self, CheckoutUpdate, Choice, NamedDiscount, NewCheckout, Page, is_one_of, is_some_of,
};
use crate::settings::Settings;
use crate::state::{
    Checkout, Customer, Directory, Discount, Job, Product, Timestamp, World, new_token, new_uuid,
};

/// What the secret of a checkout begins with.
pub(super) const SECRET: &str = "polar_c_";

impl Checkouts for Call<'_> {
    fn list(&self, asked: CheckoutsList) -> Outcome<ListResourceCheckout<'static>> {
        let page = Page::new(asked.page, asked.limit)?;
        let query = rules::search(asked.query.as_deref())?;
        for id in asked.external_customer_id.iter().flatten() {
            rules::search(Some(id))?;
        }
        let directory = self.world.read();
        let mut rows: Vec<&Arc<Checkout>> = directory
            .checkouts
            .iter()
            .filter(|row| is_listed(self, &directory, &asked, query.as_deref(), row))
            .collect();
        rules::sort(
            asked.sorting.as_deref(),
            &["-created_at"],
            &mut rows,
            |criterion, a, b| compare(criterion, a, b),
        );
        let items = page.of(&rows).iter();
        let items = items.map(|row| checkout(&directory, row, self.world.site.url()));
        Answer::of(&ListResourceCheckout {
            items: items.collect::<Result<_, _>>()?,
            pagination: pagination(page, rows.len()),
        })
    }

    fn create(&self, asked: CheckoutsCreate) -> Outcome<answers::Checkout<'static>> {
        let asked = asked.body;
        let context = self.context();
        let mut directory = self.world.write();
        let row = new_checkout(self, &directory, &asked)?;
        let row = open(&context, &mut directory, row, &Given::of_new(&asked))?;
        let given = Given::of_new(&asked);
        answer(&context, &directory, &row, &given)
    }

    fn get(&self, asked: CheckoutsGet) -> Outcome<answers::Checkout<'static>> {
        let directory = self.world.read();
        let row = own_checkout(self, &directory, asked.id)?;
        answer(&self.context(), &directory, &row, &Given::default())
    }

    fn update(&self, asked: CheckoutsUpdate) -> Outcome<answers::Checkout<'static>> {
        let (id, asked) = (asked.id, asked.body);
        let context = self.context();
        let mut directory = self.world.write();
        let old = own_checkout(self, &directory, id)?;
        let (metadata, customer_metadata) = (
            asked.metadata.clone(),
            asked.customer_metadata.value().cloned(),
        );
        let given = Given {
            metadata: metadata.as_ref(),
            customer_metadata: customer_metadata.as_ref(),
        };
        let answers = asked.custom_field_data.clone();
        let changed = change(
            &context,
            &directory,
            &old,
            update_of(asked),
            answers.as_ref(),
        )?;
        let row = store(&context, &mut directory, &old, changed, &given)?;
        answer(&context, &directory, &row, &given)
    }

    fn client_get(&self, asked: CheckoutsClientGet) -> Outcome<answers::CheckoutPublic<'static>> {
        let directory = self.world.read();
        let row = by_secret(&self.context(), &directory, &asked.client_secret)?;
        Answer::of(&checkout_public(&directory, &row, self.world.site.url())?)
    }

    fn client_update(
        &self,
        asked: CheckoutsClientUpdate,
    ) -> Outcome<answers::CheckoutPublic<'static>> {
        let context = self.context();
        let mut directory = self.world.write();
        let old = by_secret(&context, &directory, &asked.client_secret)?;
        let answers = asked.body.custom_field_data.clone();
        let update = public_update_of(asked.body, &old);
        let changed = change(&context, &directory, &old, update, answers.as_ref())?;
        let row = store(&context, &mut directory, &old, changed, &Given::default())?;
        Answer::of(&checkout_public(&directory, &row, self.world.site.url())?)
    }

    fn client_confirm(
        &self,
        asked: CheckoutsClientConfirm,
    ) -> Outcome<answers::CheckoutPublicConfirmed<'static>> {
        super::checkout_confirm::confirm(self, &asked.client_secret, asked.body)
    }
}

fn is_listed(
    call: &Call<'_>,
    directory: &Directory,
    asked: &CheckoutsList,
    query: Option<&str>,
    row: &Checkout,
) -> bool {
    let customer = row.customer_id.and_then(|id| directory.customers.find(id));
    let external_id = customer.and_then(|customer| customer.external_id.as_ref());
    let email = row.customer_email.as_deref();
    call.organizations().contains(&row.organization_id)
        && is_one_of(&row.organization_id, asked.organization_id.as_ref())
        && is_one_of(&row.product_id, asked.product_id.as_ref())
        && is_some_of(row.customer_id.as_ref(), asked.customer_id.as_ref())
        && is_some_of(external_id, asked.external_customer_id.as_ref())
        && is_one_of(&row.status, asked.status.as_ref())
        && (query.is_none() || email.is_some_and(|email| rules::is_like(email, query)))
}

fn compare(criterion: &str, a: &Checkout, b: &Checkout) -> Ordering {
    match criterion {
        "expires_at" => a.expires_at.cmp(&b.expires_at),
        "status" => a.status.cmp(&b.status),
        _ => a.created_at.cmp(&b.created_at),
    }
}

/// The checkout that a request asks for.
fn new_checkout(
    call: &Call<'_>,
    directory: &Directory,
    asked: &CheckoutCreate,
) -> Result<Checkout, Refusal> {
    let is_own = |product: &&Product| call.organizations().contains(&product.organization_id);
    let choice = Choice::of(
        asked,
        |id| directory.products.find(id).filter(is_own),
        |id| {
            let mut products = directory.products.iter().map(AsRef::as_ref).filter(is_own);
            products.find(|product| product.prices.iter().any(|price| price.id == id))
        },
    )?;
    let seller = choice.organization_id();
    let discount = asked
        .discount_id
        .and_then(|id| discount_of(directory, seller, id));
    let subscription = asked.subscription_id.and_then(|id| {
        let row = directory.subscriptions.find(id)?;
        let product = directory.products.find(row.product_id)?;
        (product.organization_id == seller).then_some((row, product))
    });
    let customer = named_customer(
        directory,
        seller,
        asked,
        subscription.map(|(row, _)| row.customer_id),
    );
    let owner = customer
        .as_ref()
        .and_then(|customer| directory.owner_of(customer.id));
    let new = NewCheckout {
        asked,
        discount: discount.as_deref(),
        subscription,
        customer: customer.as_deref(),
        owner: owner.as_deref(),
    };
    let (secret, rates) = (new_token(SECRET), &call.settings.payments.taxes);
    rules::create_checkout(new_uuid(), secret, &choice, &new, rates, call.clock.now())
}

/// The customer that a request names; one who is not known by the external id is made later.
fn named_customer(
    directory: &Directory,
    seller: Uuid,
    asked: &CheckoutCreate,
    of_subscription: Option<Uuid>,
) -> Option<Arc<Customer>> {
    match (
        asked.subscription_id,
        asked.customer_id,
        &asked.external_customer_id,
    ) {
        (Some(_), ..) => directory.customers.get(of_subscription?),
        (None, Some(id), _) => directory.live_customer(&[seller], id),
        (None, None, Some(id)) => directory.customer_by_external_id(&[seller], id),
        (None, None, None) => None,
    }
}

/// A discount of a seller.
fn discount_of(directory: &Directory, seller: Uuid, id: Uuid) -> Option<Arc<Discount>> {
    let found = directory.discounts.get(id)?;
    (found.organization_id == seller && found.deleted_at.is_none()).then_some(found)
}

fn own_checkout(
    call: &Call<'_>,
    directory: &Directory,
    id: Uuid,
) -> Result<Arc<Checkout>, Refusal> {
    let found = directory.checkouts.get(id);
    found
        .filter(|row| call.organizations().contains(&row.organization_id))
        .ok_or(Refusal::UNKNOWN)
}

/// The checkout with this secret, if its time is not over.
pub(super) fn by_secret(
    context: &Context<'_>,
    directory: &Directory,
    secret: &str,
) -> Result<Arc<Checkout>, Refusal> {
    let row = directory
        .checkout_by_secret(secret)
        .ok_or(Refusal::UNKNOWN)?;
    match row.expires_at < context.now {
        true => Err(Refusal::Checkout(CheckoutRefusal::Expired)),
        false => Ok(row),
    }
}

fn update_of(asked: Asked) -> CheckoutUpdate {
    CheckoutUpdate {
        product_id: asked.product_id,
        product_price_id: asked.product_price_id,
        currency: asked.currency,
        amount: asked.amount,
        seats: asked.seats,
        units: asked.units,
        discount: asked.discount_id.map(NamedDiscount::Id),
        allow_discount_codes: asked.allow_discount_codes,
        allow_trial: asked.allow_trial,
        trial_interval: asked.trial_interval,
        trial_interval_count: asked.trial_interval_count,
        require_billing_address: asked.require_billing_address,
        is_business_customer: asked.is_business_customer,
        customer_name: asked.customer_name,
        customer_email: asked.customer_email,
        customer_ip_address: asked.customer_ip_address,
        customer_billing_name: asked.customer_billing_name,
        customer_billing_address: asked
            .customer_billing_address
            .map(|given| rules::address(&given)),
        customer_tax_id: asked.customer_tax_id,
        customer_metadata: asked.customer_metadata,
        payment_method_type: Patch::Keep,
        success_url: asked.success_url,
        return_url: asked.return_url,
        embed_origin: asked.embed_origin,
        metadata: asked.metadata,
    }
}

/// What a buyer changes. A discount's code does not matter where there may be none.
pub(super) fn public_update_of(asked: CheckoutUpdatePublic, old: &Checkout) -> CheckoutUpdate {
    let discount = match old.allow_discount_codes {
        true => asked.discount_code.map(NamedDiscount::Code),
        false => Patch::Keep,
    };
    CheckoutUpdate {
        product_id: asked.product_id,
        product_price_id: asked.product_price_id,
        amount: asked.amount,
        seats: asked.seats,
        units: asked.units,
        discount,
        allow_trial: asked.allow_trial,
        is_business_customer: asked.is_business_customer,
        customer_name: asked.customer_name,
        customer_email: asked.customer_email,
        customer_billing_name: asked.customer_billing_name,
        customer_billing_address: asked
            .customer_billing_address
            .map(|given| rules::address(&given)),
        customer_tax_id: asked.customer_tax_id,
        payment_method_type: asked.payment_method_type,
        ..CheckoutUpdate::default()
    }
}

/// What rows of the directory a checkout leads to.
pub(super) struct Linked {
    products: Vec<Arc<Product>>,
    discount: Option<Arc<Discount>>,
    named: Option<Arc<Discount>>,
}

impl Linked {
    pub(super) fn of(directory: &Directory, row: &Checkout, update: &CheckoutUpdate) -> Self {
        let products = row.products.iter();
        let seller = row.organization_id;
        Self {
            products: products
                .filter_map(|&id| directory.products.get(id))
                .collect(),
            discount: row.discount_id.and_then(|id| directory.discounts.get(id)),
            named: match update.discount.value() {
                None => None,
                Some(NamedDiscount::Id(id)) => discount_of(directory, seller, *id),
                Some(NamedDiscount::Code(code)) => {
                    let mut discounts = directory.discounts.iter();
                    let found = discounts.find(|row| {
                        row.organization_id == seller
                            && row.deleted_at.is_none()
                            && rules::has_code(row, code)
                    });
                    found.cloned()
                }
            },
        }
    }

    /// The checkout as it is changed, without its tax, and what it sells then.
    pub(super) fn update(
        &self,
        old: &Checkout,
        update: CheckoutUpdate,
        now: Timestamp,
    ) -> Result<rules::UpdatedCheckout<'_>, Refusal> {
        let products: Vec<&Product> = self.products.iter().map(AsRef::as_ref).collect();
        let (discount, named) = (self.discount.as_deref(), self.named.as_deref());
        rules::update_checkout(old, update, &products, discount, named, now)
    }
}

/// The checkout as a request changes it.
fn change(
    context: &Context<'_>,
    directory: &Directory,
    old: &Checkout,
    update: CheckoutUpdate,
    answers: Option<&Dict>,
) -> Result<Checkout, Refusal> {
    let linked = Linked::of(directory, old, &update);
    let is_code = matches!(update.discount, Patch::Set(NamedDiscount::Code(_)));
    let changed = linked.update(old, update, context.now)?;
    let (mut row, goods) = (changed.row, changed.goods);
    rules::check_custom_fields(goods.product, answers)?;
    if is_code {
        check_redemptions(directory, &row, goods.discount, None)?;
    }
    check_subscriptions(directory, &row, goods.product)?;
    // That a location is missing is said when it is confirmed.
    let _missing = goods.tax(&mut row, &context.settings.payments.taxes);
    goods.forget_payment(&mut row);
    Ok(row)
}

/// A buyer has one subscription at most, unless the checkout upgrades it.
pub(super) fn check_subscriptions(
    directory: &Directory,
    row: &Checkout,
    product: &Product,
) -> Result<(), Refusal> {
    if product.recurring_interval.is_none() || row.subscription_id.is_some() {
        return Ok(());
    }
    let by_email = || {
        let email = row.customer_email.as_deref()?;
        let found = directory.customer_by_email(row.organization_id, email);
        found.map(|customer| customer.id)
    };
    let buyer = row.customer_id.or_else(by_email);
    let subscriptions = buyer.map(|id| directory.subscriptions_of(id));
    let billed = ["active", "trialing", "past_due"];
    let is_billed = |status: &str| billed.contains(&status);
    match subscriptions
        .iter()
        .flatten()
        .any(|row| is_billed(&row.status))
    {
        true => Err(Refusal::Checkout(
            CheckoutRefusal::AlreadyActiveSubscription,
        )),
        false => Ok(()),
    }
}

/// Whether the buyer may redeem the discount once more. `customer` is who they turned out to be.
pub(super) fn check_redemptions(
    directory: &Directory,
    row: &Checkout,
    discount: Option<&Discount>,
    customer: Option<&Customer>,
) -> Result<(), Refusal> {
    let limit =
        discount.and_then(|discount| Some((discount.id, discount.max_redemptions_per_customer?)));
    let Some((discount, limit)) = limit else {
        return Ok(());
    };
    let id = customer.map(|customer| customer.id).or(row.customer_id);
    let email = customer.and_then(|customer| customer.email.as_ref());
    let email = email.or(row.customer_email.as_ref());
    let is_redeemed = |other: &&Arc<Checkout>| {
        other.id != row.id
            && other.discount_id == Some(discount)
            && matches!(other.status.as_str(), "confirmed" | "succeeded")
            && rules::is_same_buyer(other, id, email.map(String::as_str))
    };
    let redeemed = directory.checkouts.iter().filter(is_redeemed).count();
    match i64::try_from(redeemed).is_ok_and(|redeemed| redeemed < limit) {
        true => Ok(()),
        false => Err(Refusal::Checkout(CheckoutRefusal::DiscountLimit)),
    }
}

/// What an answer repeats as it was just given.
#[derive(Default)]
pub(super) struct Given<'g> {
    metadata: Option<&'g Dict>,
    customer_metadata: Option<&'g Dict>,
}

impl<'g> Given<'g> {
    fn of_new(asked: &'g CheckoutCreate) -> Self {
        Self {
            metadata: asked.metadata.as_ref(),
            customer_metadata: asked.customer_metadata.as_ref(),
        }
    }
}

/// Keeps a new checkout, and says so.
pub(super) fn open(
    context: &Context<'_>,
    directory: &mut Directory,
    row: Checkout,
    given: &Given<'_>,
) -> Result<Arc<Checkout>, Refusal> {
    let row = directory.put_checkout(row);
    tell(context, directory, "checkout.created", &row, given)?;
    if let Some(due) = row.next_change() {
        context.world.pending.put(due, Job::CheckoutExpires(row.id));
        context.world.bell.notify_one();
    }
    Ok(row)
}

/// Keeps a changed checkout, if anything is different, and says so. What is said was written before that was kept.
pub(super) fn store(
    context: &Context<'_>,
    directory: &mut Directory,
    old: &Checkout,
    row: Checkout,
    given: &Given<'_>,
) -> Result<Arc<Checkout>, Refusal> {
    tell(context, directory, "checkout.updated", &row, given)?;
    let row = if row == *old {
        row
    } else {
        let kept = Checkout {
            modified_at: Some(context.now),
            ..row
        };
        // The database looks at the time when it keeps one.
        rules::expire_checkout(&kept, context.now).unwrap_or(kept)
    };
    Ok(directory.put_checkout(row))
}

/// Says what happened to a checkout.
pub(super) fn tell(
    context: &Context<'_>,
    directory: &mut Directory,
    kind: &str,
    row: &Checkout,
    given: &Given<'_>,
) -> Result<(), Refusal> {
    let shown = shown(context, directory, row, given)?;
    let payload = context.payload(kind, &shown);
    context.note(directory, row.organization_id, kind, payload);
    Ok(())
}

fn shown<'a>(
    context: &Context<'_>,
    directory: &'a Directory,
    row: &'a Checkout,
    given: &Given<'a>,
) -> Result<answers::Checkout<'a>, Refusal> {
    let mut shown = checkout(directory, row, context.world.site.url())?;
    if let Some(given) = given.metadata {
        shown.metadata = MetadataView(given);
    }
    if let Some(given) = given.customer_metadata {
        shown.customer_metadata = MetadataView(given);
    }
    Ok(shown)
}

fn answer(
    context: &Context<'_>,
    directory: &Directory,
    row: &Checkout,
    given: &Given<'_>,
) -> Outcome<answers::Checkout<'static>> {
    Answer::of(&shown(context, directory, row, given)?)
}

/// Lets a checkout expire, if it is still open then.
pub(super) fn expire(
    context: &Context<'_>,
    directory: &mut Directory,
    old: &Checkout,
) -> Result<(), Refusal> {
    let Some(row) = rules::expire_checkout(old, context.now) else {
        return Ok(());
    };
    let row = directory.put_checkout(row);
    tell(
        context,
        directory,
        "checkout.expired",
        &row,
        &Given::default(),
    )
}

/// Opens a checkout again whose payment failed, and gives its discount back.
pub(super) fn fail_payment(
    context: &Context<'_>,
    directory: &mut Directory,
    old: &Checkout,
) -> Result<(), Refusal> {
    let Some(row) = rules::fail_checkout(old, context.now) else {
        return Ok(());
    };
    let discount = old.discount_id.and_then(|id| directory.discounts.get(id));
    if let Some(discount) = discount.filter(|_| old.status == "confirmed") {
        directory.discounts.put(Discount {
            redemptions_count: discount.redemptions_count - 1,
            ..Discount::clone(&discount)
        });
    }
    let row = directory.put_checkout(row);
    tell(
        context,
        directory,
        "checkout.updated",
        &row,
        &Given::default(),
    )?;
    if let Some(due) = row.next_change() {
        // The scheduler may have passed it over while it was confirmed.
        let due = due.max(context.now);
        context.world.pending.put(due, Job::CheckoutExpires(row.id));
    }
    Ok(())
}

/// What the scheduler does when it runs: every checkout expires whose time is over. Whoever moves the clock does not wait for
/// its next run.
pub(crate) fn run_scheduler(world: &World, settings: &Settings, now: Timestamp) {
    let context = Context {
        world,
        settings,
        now,
    };
    let mut directory = world.write();
    let rows = directory.checkouts.iter();
    let over = rows.filter(|row| rules::expire_checkout(row, now).is_some());
    let over: Vec<Arc<Checkout>> = over.cloned().collect();
    for row in over {
        if let Err(refusal) = expire(&context, &mut directory, &row) {
            mistake::report_refusal(&refusal);
        }
    }
}

/// Lets an open checkout expire before its time: what the control API does.
pub(crate) fn expire_checkout(
    world: &World,
    settings: &Settings,
    now: Timestamp,
    secret: &str,
) -> Result<(), Refusal> {
    let context = Context {
        world,
        settings,
        now,
    };
    let mut directory = world.write();
    let old = directory
        .checkout_by_secret(secret)
        .ok_or(Refusal::UNKNOWN)?;
    if old.status != "open" {
        let refusal = CheckoutRefusal::NotOpen(old.id, old.status.clone());
        return Err(Refusal::Checkout(refusal));
    }
    let over = Checkout {
        expires_at: now,
        ..Checkout::clone(&old)
    };
    expire(&context, &mut directory, &over)
}
