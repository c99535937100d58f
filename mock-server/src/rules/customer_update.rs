//! What a PATCH makes of a customer (docs/behaviour.md#customers). What no recording shows is learnt from the open backend.

use serde_json::Value as Json;

use super::customer::{email_taken, external_id_taken, normal_email, refuse, wrong};
use super::{Taken, keep_metadata, tax_id};
use crate::json::Dict;
use crate::refusal::{BusinessError, Refusal};
use crate::state::{Customer, CustomerType, Timestamp};

/// What is to change; what was not given stays.
#[derive(Debug, Clone, Default)]
pub struct CustomerUpdate {
    /// The id in the seller's own system, which can be set once.
    pub external_id: Option<Option<String>>,
    /// The e-mail address; `null` leaves it.
    pub email: Option<String>,
    /// One person or a team; `null` leaves it.
    pub kind: Option<CustomerType>,
    /// The name.
    pub name: Option<Option<String>>,
    /// The billing address, which cannot be taken back.
    pub billing_address: Option<Option<Json>>,
    /// The tax number, without its kind; `null` leaves it.
    pub tax_id: Option<String>,
    /// The preferred language.
    pub locale: Option<Option<String>>,
    /// The metadata.
    pub metadata: Option<Dict>,
}

/// The customer as it is afterwards. `modified_at` stays if nothing differs.
pub fn update_customer(
    old: &Customer,
    update: CustomerUpdate,
    taken: Taken,
    now: Timestamp,
) -> Result<Customer, Refusal> {
    let lower = |email: &str| email.to_lowercase();
    // An address that differs in case only is not a new one.
    let email = update
        .email
        .as_deref()
        .map(normal_email)
        .filter(|email| old.email.as_deref().map(lower) != Some(lower(email)));
    refuse(wrong_update(old, &update, email.as_deref(), taken))?;
    let mut customer = old.clone();
    if let Some(external_id) = update.external_id {
        customer.external_id = external_id;
    }
    if let Some(email) = email {
        customer.email = Some(email);
        customer.email_verified = false;
    }
    if let Some(kind) = update.kind {
        customer.kind = kind;
    }
    if let Some(name) = update.name {
        customer.name = name;
    }
    if let Some(locale) = update.locale {
        customer.locale = locale;
    }
    if let Some(billing_address) = update.billing_address {
        customer.billing_address = billing_address;
    }
    let known = old.tax_id.as_ref().and_then(|known| known[0].as_str());
    let number = update.tax_id.as_deref().or(known);
    customer.tax_id = number
        .map(|number| tax_id(number, customer.billing_address.as_ref()))
        .transpose()?;
    if let Some(metadata) = update.metadata {
        customer.metadata = keep_metadata(&metadata)?;
    }
    if customer != *old {
        customer.modified_at = Some(now);
    }
    Ok(customer)
}

/// Everything that cannot be changed as asked. `email` is the address if it is a new one.
fn wrong_update(
    old: &Customer,
    update: &CustomerUpdate,
    email: Option<&str>,
    taken: Taken,
) -> Vec<BusinessError> {
    let mut errors = Vec::new();
    errors.extend(email.filter(|_| taken.email).map(email_taken));
    if update.billing_address == Some(None) {
        let message = "Customer billing address cannot be reset to null once set.";
        errors.push(wrong("billing_address", message, None));
    }
    match &update.external_id {
        Some(id) if *id == old.external_id => {}
        Some(id) if old.external_id.is_some() => {
            let message = "Customer external ID cannot be updated.";
            errors.push(wrong("external_id", message, id.as_deref()));
        }
        Some(Some(id)) if taken.external_id => errors.push(external_id_taken(id)),
        Some(_) | None => {}
    }
    if old.kind == CustomerType::Team && update.kind == Some(CustomerType::Individual) {
        let message = "Customer type cannot be downgraded from 'team' to 'individual'.";
        errors.push(wrong("type", message, Some("individual")));
    }
    errors
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::rules::activate::tests::at;
    use crate::rules::customer::tests::{BOTH, NEITHER, NOW, customer, dict, wrong};

    #[test]
    fn an_update_changes_what_is_given() {
        let verified = Customer {
            email_verified: true,
            ..customer()
        };
        let update = CustomerUpdate {
            external_id: Some(Some("x".into())),
            email: Some("Eve@Example.com".into()),
            kind: Some(CustomerType::Team),
            name: Some(Some("Eve".into())),
            billing_address: Some(Some(json!({"country": "US"}))),
            tax_id: Some("1".into()),
            locale: Some(Some("fr".into())),
            metadata: Some(dict(r#"{"a":1}"#)),
        };
        let expected = Customer {
            external_id: Some("x".into()),
            email: Some("Eve@example.com".into()),
            email_verified: false,
            kind: CustomerType::Team,
            name: Some("Eve".into()),
            billing_address: Some(json!({"country": "US"})),
            tax_id: Some(json!(["1", "us_ein"])),
            locale: Some("fr".into()),
            metadata: keep_metadata(&dict(r#"{"a":1}"#)).unwrap(),
            modified_at: Some(at(NOW)),
            ..verified.clone()
        };
        let changed = update_customer(&verified, update, NEITHER, at(NOW));
        assert_eq!(changed, Ok(expected.clone()));
        // The kind of the tax number follows the address.
        let moved = CustomerUpdate {
            name: Some(None),
            locale: Some(None),
            billing_address: Some(Some(json!({"country": "FR"}))),
            ..CustomerUpdate::default()
        };
        let moved = update_customer(&expected, moved, NEITHER, at(NOW)).unwrap();
        assert_eq!(moved.tax_id, Some(json!(["1", "eu_vat"])));
        assert_eq!((moved.name, moved.locale), (None, None));
    }

    #[test]
    fn what_differs_in_nothing_stays() {
        let verified = Customer {
            email_verified: true,
            ..customer()
        };
        let other_case = CustomerUpdate {
            email: Some("ADA@example.com".into()),
            external_id: Some(None),
            kind: Some(CustomerType::Individual),
            ..CustomerUpdate::default()
        };
        for update in [CustomerUpdate::default(), other_case] {
            let changed = update_customer(&verified, update, BOTH, at(NOW));
            assert_eq!(changed, Ok(verified.clone()));
        }
    }

    #[test]
    fn an_update_is_refused_for_everything_that_is_wrong() {
        let plain = customer();
        let fixed = Customer {
            external_id: Some("x".into()),
            kind: CustomerType::Team,
            ..customer()
        };
        let id = |id: Option<&str>| CustomerUpdate {
            external_id: Some(id.map(str::to_owned)),
            ..CustomerUpdate::default()
        };
        let email = || CustomerUpdate {
            email: Some("e@B.com".into()),
            ..CustomerUpdate::default()
        };
        let all = CustomerUpdate {
            billing_address: Some(None),
            kind: Some(CustomerType::Individual),
            external_id: Some(Some("y".into())),
            ..email()
        };
        let numbered = CustomerUpdate {
            tax_id: Some("1".into()),
            ..CustomerUpdate::default()
        };
        let not_a_number = CustomerUpdate {
            metadata: Some(dict(r#"{"a":NaN}"#)),
            ..CustomerUpdate::default()
        };
        for (old, update, taken, refused) in [
            (&plain, id(Some("y")), NEITHER, "-"),
            (&plain, id(Some("y")), BOTH, "external_id y value_error"),
            (&fixed, id(Some("x")), BOTH, "-"),
            (&fixed, id(Some("y")), NEITHER, "external_id y value_error"),
            (&fixed, id(None), NEITHER, "external_id null value_error"),
            (&plain, email(), NEITHER, "-"),
            (&plain, email(), BOTH, "email e@b.com value_error"),
            (
                &fixed,
                all,
                BOTH,
                "email e@b.com value_error, billing_address null value_error, external_id y value_error, \
                 type individual value_error",
            ),
            (&plain, numbered, NEITHER, "billing_address null missing"),
            (&plain, not_a_number, NEITHER, "Crash"),
        ] {
            let outcome = update_customer(old, update, taken, at(NOW));
            assert_eq!(wrong(outcome), refused);
        }
    }
}
