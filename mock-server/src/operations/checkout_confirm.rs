//! `checkouts:client_confirm`: the buyer becomes a customer and pays (docs/behaviour.md#confirmation).

use std::sync::Arc;

use super::checkout_changes::{
    Linked, by_secret, check_redemptions, check_subscriptions, public_update_of,
};
use super::checkout_store::{Given, tell};
use super::customers::{emit, emit_state};
use super::resources::{checkout_confirmed, member};
use super::{Call, Context};
use crate::answer::{Answer, Outcome};
use crate::generated::answers::CheckoutPublicConfirmed;
use crate::generated::requests::{CheckoutConfirmStripe, CheckoutUpdatePublic};
use crate::refusal::{CheckoutRefusal, Refusal};
use crate::rules::{self, Confirmation, Declined};
use crate::settings::Payment;
use crate::state::{
    Checkout, Customer, CustomerSession, Directory, Discount, Job, new_token, new_uuid,
};

/// How many times longer than others a payment takes that fails late.
const LATE: u64 = 3;

pub(super) fn confirm(
    call: &Call<'_>,
    secret: &str,
    asked: CheckoutConfirmStripe,
) -> Outcome<CheckoutPublicConfirmed<'static>> {
    let context = call.context();
    let mut directory = call.world.write();
    let old = by_secret(&context, &directory, secret)?;
    let token = asked.confirmation_token_id.value().cloned();
    let answers = asked.custom_field_data.clone();
    let update = public_update_of(changes(asked), &old);
    let linked = Linked::of(&directory, &old, &update);
    let changed = linked.update(&old, update, context.now)?;
    let (mut row, goods) = (changed.row, changed.goods);
    rules::check_custom_fields(goods.product, Some(&answers.unwrap_or_default()))?;
    check_subscriptions(&directory, &row, goods.product)?;
    let tax = goods.tax(&mut row, &context.settings.payments.taxes);
    goods.forget_payment(&mut row);
    rules::missing_for_confirmation(&mut row, goods, tax, token.as_deref(), context.now)?;
    let buyer = Buyer::of(&context, &directory, &row)?;
    check_redemptions(&directory, &row, goods.discount, Some(&buyer.customer))?;
    let default = context.settings.payments.default;
    let confirmed = rules::confirm_checkout(row, goods, &buyer.customer, token.as_deref(), default);
    let Confirmation { row, payment } = confirmed.map_err(|declined| {
        let Declined {
            refusal,
            is_reported,
        } = declined;
        if is_reported {
            later(&context, 1, Job::PaymentFailed(old.id));
        }
        refusal
    })?;
    if let Some(discount) = goods.discount {
        directory.discounts.put(Discount {
            redemptions_count: discount.redemptions_count + 1,
            ..discount.clone()
        });
    }
    let (session, row) = store(&context, &mut directory, &old, row, buyer)?;
    match payment {
        Payment::ActionRequired => {}
        Payment::Late => later(&context, LATE, Job::PaymentFailed(row.id)),
        _ => later(&context, 1, Job::CheckoutConfirmed(row.id)),
    }
    Answer::of(&checkout_confirmed(
        &directory,
        &row,
        context.world.site.url(),
        session.as_deref(),
    )?)
}

/// What a confirmation changes.
fn changes(asked: CheckoutConfirmStripe) -> CheckoutUpdatePublic {
    CheckoutUpdatePublic {
        custom_field_data: asked.custom_field_data,
        product_id: asked.product_id,
        product_price_id: asked.product_price_id,
        amount: asked.amount,
        seats: asked.seats,
        units: asked.units,
        is_business_customer: asked.is_business_customer,
        customer_name: asked.customer_name,
        customer_email: asked.customer_email,
        customer_billing_name: asked.customer_billing_name,
        customer_billing_address: asked.customer_billing_address,
        customer_tax_id: asked.customer_tax_id,
        payment_method_type: asked.payment_method_type,
        discount_code: asked.discount_code,
        allow_trial: asked.allow_trial,
    }
}

/// Who buys, with what the checkout says of them.
struct Buyer {
    customer: Customer,
    /// Whether the checkout makes them a customer.
    is_new: bool,
    /// Whether the e-mail address alone says who it is: that is not enough to let them into the portal.
    is_guessed: bool,
}

impl Buyer {
    fn of(context: &Context<'_>, directory: &Directory, row: &Checkout) -> Result<Self, Refusal> {
        let seller = row.organization_id;
        let email = row.customer_email.as_deref();
        let known = row.customer_id.and_then(|id| directory.customers.get(id));
        if known
            .as_ref()
            .is_some_and(|known| known.deleted_at.is_some())
        {
            return Err(Refusal::Checkout(CheckoutRefusal::CustomerDeleted));
        }
        let guessed = || email.and_then(|email| directory.customer_by_email(seller, email));
        let is_guessed = known.is_none();
        if let Some(known) = known.or_else(guessed) {
            return Ok(Self {
                customer: rules::known_buyer(&known, row, context.now)?,
                is_new: false,
                is_guessed,
            });
        }
        let external_id = row.external_customer_id.as_deref();
        let taken = external_id.and_then(|id| directory.customer_by_external_id(&[seller], id));
        if taken.is_some() {
            return Err(Refusal::Checkout(CheckoutRefusal::ExternalIdMismatch));
        }
        Ok(Self {
            customer: rules::new_buyer(row, new_uuid(), context.now)?,
            is_new: true,
            is_guessed: false,
        })
    }
}

/// Keeps the buyer and the checkout, says so, and opens a session for the buyer.
fn store(
    context: &Context<'_>,
    directory: &mut Directory,
    old: &Checkout,
    row: Checkout,
    buyer: Buyer,
) -> Result<(Option<String>, Arc<Checkout>), Refusal> {
    let organization = directory.organizations.find(row.organization_id);
    let has_members = organization.is_some_and(|organization| organization.member_model);
    if buyer.is_new && has_members {
        let owner = rules::create_owner(&buyer.customer, None);
        let owner = directory.put_member(owner);
        context.emit(
            directory,
            row.organization_id,
            "member.created",
            &member(&owner),
        );
    }
    let customer = directory.put_customer(buyer.customer);
    let row = Checkout {
        modified_at: Some(context.now),
        ..row
    };
    // What is said was written before the customer was kept with it.
    let said = Checkout {
        customer_id: old.customer_id,
        ..row.clone()
    };
    tell(
        context,
        directory,
        "checkout.updated",
        &said,
        &Given::default(),
    )?;
    let kind = match buyer.is_new {
        true => "customer.created",
        false => "customer.updated",
    };
    emit(context, directory, kind, &customer);
    emit_state(context, directory, customer.id);
    let session = (!buyer.is_guessed).then(|| CustomerSession {
        id: new_uuid(),
        token: new_token(rules::token_prefix(None)),
        customer_id: customer.id,
        member_id: None,
        expires_at: rules::session_end(context.now),
    });
    let token = session.as_ref().map(|session| session.token.clone());
    if let Some(session) = session {
        directory.put_session(session);
    }
    directory.put_checkout(row.clone());
    Ok((token, Arc::new(row)))
}

/// Lets a job follow that the payment provider's report brings.
fn later(context: &Context<'_>, times: u64, job: Job) {
    let delay = context.settings.payments.delay_ms.saturating_mul(times);
    let due = context.now.after_milliseconds(delay);
    context.world.pending.put(due, job);
    context.world.bell.notify_one();
}
