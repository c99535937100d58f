//! `customer-sessions:create`: a token for the customer portal (docs/behaviour.md#customer-sessions).

use std::borrow::Cow;

use super::Call;
use super::resources::customer;
use crate::answer::{Answer, Outcome};
use crate::generated::answers;
use crate::generated::operations::CustomerSessions;
use crate::generated::requests::CustomerSessionsCreate;
use crate::refusal::Refusal;
use crate::rules::{self};
use crate::settings::RateLimits;
use crate::state::{CustomerSession, new_token, new_uuid};

impl CustomerSessions for Call<'_> {
    fn create(&self, asked: CustomerSessionsCreate) -> Outcome<answers::CustomerSession<'static>> {
        let asked = asked.body;
        let mut directory = self.world.write();
        let external_id = asked.external_customer_id.as_deref();
        let row = self.named_customer(&directory, asked.customer_id, external_id)?;
        let organization = directory.organizations.get(row.organization_id);
        let organization =
            organization.ok_or_else(|| Refusal::internal("a customer has no organization"))?;
        let members = directory.members_of(row.id);
        let member = rules::choose_member(
            organization.member_model,
            row.kind,
            members.iter().map(AsRef::as_ref),
            asked.member_id,
            asked.external_member_id.as_deref(),
        )?;
        let now = self.clock.now();
        let session = CustomerSession {
            id: new_uuid(),
            token: new_token(rules::token_prefix(member)),
            customer_id: row.id,
            member_id: member.map(|member| member.id),
            expires_at: rules::session_end(now),
        };
        directory.put_session(session.clone());
        let email = match member {
            Some(member) => Some(member.email.as_str()),
            None => directory.contact_email(&row),
        };
        let sandbox = self.settings.rate_limits == RateLimits::Sandbox;
        let url = rules::portal_url(sandbox, &organization.slug, &session.token, email);
        let customer = customer(&directory, &row);
        drop(directory);
        Answer::of(&answers::CustomerSession {
            created_at: now,
            id: session.id,
            token: Cow::Borrowed(&session.token),
            expires_at: session.expires_at,
            return_url: asked.return_url.map(Cow::Owned),
            customer_portal_url: url.into(),
            customer_id: row.id,
            customer,
        })
    }
}
