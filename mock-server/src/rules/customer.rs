//! What a customer may be, and what becomes of one (docs/behaviour.md#customers). What no recording shows is learnt from
//! the open backend.

use serde_json::Value as Json;
use uuid::Uuid;

use super::{BusinessError, Refusal, keep_metadata, tax_id};
use crate::json::{Dict, Value};
use crate::state::{Customer, CustomerType, Timestamp};

/// What another customer of the organization already has.
#[derive(Debug, Clone, Copy, Default)]
pub struct Taken {
    /// The e-mail address that was asked for, in any case.
    pub email: bool,
    /// The external id that was asked for.
    pub external_id: bool,
}

/// What a request says of a new customer.
#[derive(Debug, Clone, Default)]
pub struct NewCustomer {
    /// Whose customer it becomes.
    pub organization_id: Uuid,
    /// The id in the seller's own system.
    pub external_id: Option<String>,
    /// The e-mail address.
    pub email: Option<String>,
    /// One person or a team.
    pub kind: CustomerType,
    /// The name.
    pub name: Option<String>,
    /// The billing address.
    pub billing_address: Option<Json>,
    /// The tax number, without its kind.
    pub tax_id: Option<String>,
    /// The preferred language.
    pub locale: Option<String>,
    /// The metadata.
    pub metadata: Option<Dict>,
}

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

/// The new customer.
pub fn create_customer(
    id: Uuid,
    new: NewCustomer,
    taken: Taken,
    now: Timestamp,
) -> Result<Customer, Refusal> {
    let email = new.email.as_deref().map(normal_email);
    let external_id = new.external_id.filter(|id| !id.is_empty());
    let email_taken = email.as_deref().filter(|_| taken.email).map(email_taken);
    let id_taken = external_id.as_deref().filter(|_| taken.external_id);
    let errors = email_taken
        .into_iter()
        .chain(id_taken.map(external_id_taken));
    refuse(errors.collect())?;
    let tax_id = new
        .tax_id
        .map(|number| tax_id(&number, new.billing_address.as_ref()))
        .transpose()?;
    Ok(Customer {
        id,
        organization_id: new.organization_id,
        external_id,
        email,
        email_verified: false,
        kind: new.kind,
        name: new.name,
        billing_name: None,
        billing_address: new.billing_address,
        tax_id,
        locale: new.locale,
        metadata: keep_metadata(&new.metadata.unwrap_or_default())?,
        created_at: now,
        modified_at: None,
        deleted_at: None,
    })
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

/// The customer as it is kept after its deletion; its external id is free again.
pub fn delete_customer(customer: &Customer, now: Timestamp) -> Customer {
    Customer {
        external_id: None,
        deleted_at: Some(now),
        modified_at: Some(now),
        ..customer.clone()
    }
}

/// An address with its domain in lower case.
pub(super) fn normal_email(email: &str) -> String {
    match email.rsplit_once('@') {
        Some((local, domain)) => format!("{local}@{}", domain.to_lowercase()),
        None => email.to_owned(),
    }
}

fn email_taken(email: &str) -> BusinessError {
    let message = "A customer with this email address already exists.";
    wrong("email", message, Some(email))
}

fn external_id_taken(external_id: &str) -> BusinessError {
    let message = "A customer with this external ID already exists.";
    wrong("external_id", message, Some(external_id))
}

fn wrong(field: &str, message: &'static str, input: Option<&str>) -> BusinessError {
    let input = input.map_or(Value::Null, |text| Value::Str(text.to_owned()));
    BusinessError::at(vec![Value::Str(field.to_owned())], message, input)
}

fn refuse(errors: Vec<BusinessError>) -> Result<(), Refusal> {
    if errors.is_empty() {
        Ok(())
    } else {
        Err(Refusal::Invalid(errors))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::json;

    use super::*;
    use crate::json::parse;
    use crate::rules::activate::tests::at;

    const NOW: &str = "2026-06-01T00:00:00Z";
    const BOTH: Taken = Taken {
        email: true,
        external_id: true,
    };
    const NEITHER: Taken = Taken {
        email: false,
        external_id: false,
    };

    /// A customer who has an address, and nothing else.
    pub(in crate::rules) fn customer() -> Customer {
        let new = NewCustomer {
            email: Some("ada@example.com".into()),
            ..NewCustomer::default()
        };
        create_customer(Uuid::nil(), new, NEITHER, Timestamp::default()).unwrap()
    }

    fn dict(text: &str) -> Dict {
        parse(text.as_bytes()).unwrap().as_dict().unwrap().clone()
    }

    /// The fields that are wrong, with what was given; `Crash` for an error of the server.
    fn wrong<T>(outcome: Result<T, Refusal>) -> String {
        match outcome {
            Ok(_) => "-".to_owned(),
            Err(Refusal::Invalid(errors)) => {
                let errors = errors.iter().map(|error| {
                    let field = error.loc[0].as_str().unwrap();
                    format!(
                        "{field} {} {}",
                        error.input.as_str().unwrap_or("null"),
                        error.kind
                    )
                });
                errors.collect::<Vec<_>>().join(", ")
            }
            Err(other) => format!("{other:?}"),
        }
    }

    #[test]
    fn a_new_customer_is_as_given() {
        let new = NewCustomer {
            organization_id: Uuid::max(),
            external_id: Some("x".into()),
            email: Some("Ada@Example.COM".into()),
            kind: CustomerType::Team,
            name: Some("Ada".into()),
            billing_address: Some(json!({"country": "FR"})),
            tax_id: Some("1".into()),
            locale: Some("fr".into()),
            metadata: Some(dict(r#"{"bb":1,"a":2}"#)),
        };
        let made = create_customer(Uuid::nil(), new, NEITHER, at(NOW)).unwrap();
        let metadata = keep_metadata(&dict(r#"{"a":2,"bb":1}"#)).unwrap();
        let expected = Customer {
            id: Uuid::nil(),
            organization_id: Uuid::max(),
            external_id: Some("x".into()),
            email: Some("Ada@example.com".into()),
            email_verified: false,
            kind: CustomerType::Team,
            name: Some("Ada".into()),
            billing_name: None,
            billing_address: Some(json!({"country": "FR"})),
            tax_id: Some(json!(["1", "eu_vat"])),
            locale: Some("fr".into()),
            metadata,
            created_at: at(NOW),
            modified_at: None,
            deleted_at: None,
        };
        assert_eq!(made, expected);
    }

    #[test]
    fn an_empty_external_id_is_none_and_an_odd_address_stays() {
        let new = NewCustomer {
            external_id: Some(String::new()),
            email: Some("Odd".into()),
            ..NewCustomer::default()
        };
        let taken = Taken {
            external_id: true,
            ..NEITHER
        };
        let made = create_customer(Uuid::nil(), new, taken, at(NOW)).unwrap();
        assert_eq!((made.external_id, made.email), (None, Some("Odd".into())));
    }

    #[test]
    fn a_new_customer_is_refused_for_everything_that_is_taken() {
        let new = || NewCustomer {
            email: Some("a@B.com".into()),
            external_id: Some("x".into()),
            ..NewCustomer::default()
        };
        let email = "email a@b.com value_error";
        let id = "external_id x value_error";
        let numbered = NewCustomer {
            tax_id: Some("1".into()),
            ..new()
        };
        let not_a_number = NewCustomer {
            metadata: Some(dict(r#"{"a":NaN}"#)),
            ..new()
        };
        for (new, taken, refused) in [
            (new(), NEITHER, "-".to_owned()),
            (new(), BOTH, format!("{email}, {id}")),
            (
                new(),
                Taken {
                    email: true,
                    ..NEITHER
                },
                email.to_owned(),
            ),
            (
                new(),
                Taken {
                    external_id: true,
                    ..NEITHER
                },
                id.to_owned(),
            ),
            (NewCustomer::default(), BOTH, "-".to_owned()),
            (numbered, NEITHER, "billing_address null missing".to_owned()),
            (not_a_number, NEITHER, "Crash".to_owned()),
        ] {
            let outcome = create_customer(Uuid::nil(), new, taken, at(NOW));
            assert_eq!(wrong(outcome), refused);
        }
    }

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

    #[test]
    fn a_deleted_customer_frees_the_external_id() {
        let old = Customer {
            external_id: Some("x".into()),
            ..customer()
        };
        let expected = Customer {
            external_id: None,
            deleted_at: Some(at(NOW)),
            modified_at: Some(at(NOW)),
            ..old.clone()
        };
        assert_eq!(delete_customer(&old, at(NOW)), expected);
    }
}
