//! `customer-sessions:create`: a token for the customer portal (docs/behaviour.md#customer-sessions).

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use uuid::Uuid;

use super::resources::CustomerView;
use super::{Call, Outcome};
use crate::reply::Reply;
use crate::rules::{self, SessionHolder};
use crate::settings::RateLimits;
use crate::state::{CustomerSession, Timestamp, new_token, new_uuid};

const LIFETIME_SECONDS: i64 = 3_600;

#[derive(Serialize)]
struct CustomerSessionView<'c> {
    created_at: Timestamp,
    modified_at: Option<Timestamp>,
    id: Uuid,
    token: &'c str,
    expires_at: Timestamp,
    return_url: Option<&'c str>,
    customer_portal_url: String,
    customer_id: Uuid,
    customer: CustomerView,
}

pub(super) fn create(call: &Call<'_>) -> Outcome {
    let asked = &call.arguments;
    let mut directory = call.world.write();
    let customer = call.named_customer(&directory)?;
    let organization = directory
        .organizations
        .get(customer.organization_id)
        .ok_or_else(|| rules::Refusal::internal("a customer has no organization"))?;
    let members = directory.members_of(customer.id);
    let holder = rules::choose_member(
        organization.member_model,
        customer.kind,
        members.iter().map(|member| &**member),
        asked.uuid("member_id"),
        asked.text("external_member_id"),
    )?;
    let (prefix, member_id) = match holder {
        SessionHolder::Customer => ("polar_cst_", None),
        SessionHolder::Member(id) => ("polar_mst_", Some(id)),
    };
    let now = call.clock.now();
    let session = CustomerSession {
        id: new_uuid(),
        token: new_token(prefix),
        customer_id: customer.id,
        member_id,
        expires_at: now.plus_seconds(LIFETIME_SECONDS),
    };
    directory.put_session(session.clone());

    let holder = members.iter().find(|member| Some(member.id) == member_id);
    let email = holder
        .map(|member| member.email.clone())
        .or_else(|| directory.contact_email(&customer).map(str::to_owned));
    let view = CustomerSessionView {
        created_at: now,
        modified_at: None,
        id: session.id,
        token: &session.token,
        expires_at: session.expires_at,
        return_url: asked.text("return_url"),
        customer_portal_url: portal_url(call, &organization.slug, &session.token, email.as_deref()),
        customer_id: customer.id,
        customer: CustomerView::new(&directory, customer),
    };
    drop(directory);
    Ok(Reply::json(201, &view))
}

/// What a form leaves unescaped.
const FORM: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

fn portal_url(call: &Call<'_>, slug: &str, token: &str, email: Option<&str>) -> String {
    let frontend = match call.settings.rate_limits {
        RateLimits::Sandbox => "https://sandbox.polar.sh",
        RateLimits::Off | RateLimits::Production => "https://polar.sh",
    };
    let email = email
        .map(|email| format!("&email={}", utf8_percent_encode(email, FORM)))
        .unwrap_or_default();
    format!("{frontend}/{slug}/portal?customer_session_token={token}{email}")
}
