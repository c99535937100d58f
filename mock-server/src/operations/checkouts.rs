//! `checkouts:*`

use std::cmp::Ordering;
use std::sync::Arc;

use uuid::Uuid;

use super::checkout_changes::{
    Linked, by_secret, check_redemptions, check_subscriptions, discount_of, public_update_of,
};
use super::checkout_confirm::confirm;
use super::checkout_store::{Given, expire, open, shown, store};
use super::resources::{checkout, checkout_public, pagination};
use super::{Call, Context};
use crate::answer::{Answer, Outcome};
use crate::contract::Patch;
use crate::generated::answers::{self, ListResourceCheckout};
use crate::generated::operations::Checkouts;
use crate::generated::requests::{
    CheckoutCreate, CheckoutUpdate as Asked, CheckoutsClientConfirm, CheckoutsClientGet,
    CheckoutsClientUpdate, CheckoutsCreate, CheckoutsGet, CheckoutsList, CheckoutsUpdate,
};
use crate::json::Dict;
use crate::mistake;
use crate::refusal::{CheckoutRefusal, Refusal};
use crate::rules::{
    self, CheckoutUpdate, Choice, NamedDiscount, NewCheckout, Page, is_one_of, is_some_of,
};
use crate::settings::Settings;
use crate::state::{Checkout, Customer, Directory, Product, Timestamp, World, new_token, new_uuid};

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
        confirm(self, &asked.client_secret, asked.body)
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

fn answer(
    context: &Context<'_>,
    directory: &Directory,
    row: &Checkout,
    given: &Given<'_>,
) -> Outcome<answers::Checkout<'static>> {
    Answer::of(&shown(context, directory, row, given)?)
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
