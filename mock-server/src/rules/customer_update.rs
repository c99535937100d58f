//! What a PATCH makes of a customer (docs/behaviour.md#customers). What no recording shows is learnt from the open backend.

use serde_json::Value as Json;

use super::customer::{email_taken, external_id_taken, keep_address, normal_email, refuse, wrong};
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
    /// One person or a team; `null` is one person.
    pub kind: Option<Option<CustomerType>>,
    /// The name.
    pub name: Option<Option<String>>,
    /// The billing address, which cannot be taken back.
    pub billing_address: Option<Option<Json>>,
    /// The tax number, without its kind.
    pub tax_id: Option<Option<String>>,
    /// The preferred language.
    pub locale: Option<Option<String>>,
    /// The metadata.
    pub metadata: Option<Dict>,
}

/// The customer as it is afterwards. An address, a kind or a tax number that it has already leaves `modified_at`; the rest
/// moves it even if nothing differs.
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
    let is_written = update.external_id.is_some()
        || update.kind == Some(None)
        || update.name.is_some()
        || update.locale.is_some()
        || update.billing_address.is_some()
        || update.metadata.is_some();
    if let Some(external_id) = update.external_id {
        customer.external_id = external_id;
    }
    if let Some(email) = email {
        customer.email = Some(email);
        customer.email_verified = false;
    }
    if let Some(kind) = update.kind {
        customer.kind = kind.unwrap_or_default();
    }
    if let Some(name) = update.name {
        customer.name = name;
    }
    if let Some(locale) = update.locale {
        customer.locale = locale;
    }
    if let Some(billing_address) = update.billing_address {
        customer.billing_address = billing_address;
        // A number that stays has to fit the new country.
        let known = old.tax_id.as_ref().and_then(|known| known[0].as_str());
        if let (Some(number), None) = (known, &update.tax_id) {
            customer.tax_id = Some(tax_id(number, customer.billing_address.as_ref())?);
        }
    }
    if let Some(number) = update.tax_id {
        let address = customer.billing_address.as_ref();
        customer.tax_id = number.map(|number| tax_id(&number, address)).transpose()?;
    }
    customer.billing_address = customer.billing_address.map(keep_address).transpose()?;
    if let Some(metadata) = update.metadata {
        customer.metadata = keep_metadata(&metadata)?;
    }
    if is_written || customer != *old {
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
    if let Some(kind @ (None | Some(CustomerType::Individual))) = update.kind
        && old.kind == CustomerType::Team
    {
        let message = "Customer type cannot be downgraded from 'team' to 'individual'.";
        errors.push(wrong("type", message, kind.map(CustomerType::name)));
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
            kind: Some(Some(CustomerType::Team)),
            name: Some(Some("Eve".into())),
            billing_address: Some(Some(json!({"country": "US"}))),
            tax_id: Some(Some("91-1144442".into())),
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
            tax_id: Some(json!(["911144442", "us_ein"])),
            locale: Some("fr".into()),
            metadata: keep_metadata(&dict(r#"{"a":1}"#)).unwrap(),
            modified_at: Some(at(NOW)),
            ..verified.clone()
        };
        let changed = update_customer(&verified, update, NEITHER, at(NOW));
        assert_eq!(changed, Ok(expected.clone()));
        // A tax number has to fit the new country, unless it goes.
        let moved = |tax_id| CustomerUpdate {
            name: Some(None),
            locale: Some(None),
            billing_address: Some(Some(json!({"country": "FR"}))),
            tax_id,
            ..CustomerUpdate::default()
        };
        let refused = update_customer(&expected, moved(None), NEITHER, at(NOW));
        assert_eq!(wrong(refused), "tax_id 911144442 invalid");
        let moved = update_customer(&expected, moved(Some(None)), NEITHER, at(NOW)).unwrap();
        assert_eq!((moved.name, moved.locale, moved.tax_id), (None, None, None));
    }

    #[test]
    fn an_update_that_changes_nothing_moves_modified_at_or_not() {
        let address = json!({"country": "US"});
        let verified = Customer {
            email_verified: true,
            billing_address: Some(address.clone()),
            ..customer()
        };
        let other_case = CustomerUpdate {
            email: Some("ADA@example.com".into()),
            kind: Some(Some(CustomerType::Individual)),
            tax_id: Some(None),
            ..CustomerUpdate::default()
        };
        let no_id = CustomerUpdate {
            external_id: Some(None),
            ..CustomerUpdate::default()
        };
        let no_kind = CustomerUpdate {
            kind: Some(None),
            ..CustomerUpdate::default()
        };
        let same_name = CustomerUpdate {
            name: Some(None),
            ..CustomerUpdate::default()
        };
        let same_locale = CustomerUpdate {
            locale: Some(None),
            ..CustomerUpdate::default()
        };
        let same_address = CustomerUpdate {
            billing_address: Some(Some(address)),
            ..CustomerUpdate::default()
        };
        let same_metadata = CustomerUpdate {
            metadata: Some(dict("{}")),
            ..CustomerUpdate::default()
        };
        for (update, moves) in [
            (CustomerUpdate::default(), false),
            (other_case, false),
            (no_id, true),
            (no_kind, true),
            (same_name, true),
            (same_locale, true),
            (same_address, true),
            (same_metadata, true),
        ] {
            let changed = update_customer(&verified, update, BOTH, at(NOW));
            let expected = Customer {
                modified_at: moves.then(|| at(NOW)),
                ..verified.clone()
            };
            assert_eq!(changed, Ok(expected));
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
            kind: Some(None),
            external_id: Some(Some("y".into())),
            ..email()
        };
        let numbered = CustomerUpdate {
            tax_id: Some(Some("1".into())),
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
                 type null value_error",
            ),
            (&plain, numbered, NEITHER, "billing_address null missing"),
            (&plain, not_a_number, NEITHER, "Crash"),
        ] {
            let outcome = update_customer(old, update, taken, at(NOW));
            assert_eq!(wrong(outcome), refused);
        }
    }
}
