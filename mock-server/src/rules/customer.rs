//! What a new customer may be (docs/behaviour.md#customers). What no recording shows is
//! learnt from the open backend.

use serde_json::{Map, Value as Json, json};
use uuid::Uuid;

use super::{keep_metadata, tax_id};
use crate::generated::requests::AddressInput;
use crate::json::{Dict, Value};
use crate::refusal::{BusinessError, Refusal};
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

/// The new customer.
pub fn create_customer(
    id: Uuid,
    new: NewCustomer,
    taken: Taken,
    now: Timestamp,
) -> Result<Customer, Refusal> {
    let email = new.email.as_deref().map(normal_email);
    let external_id = new.external_id;
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
        billing_address: new.billing_address.map(keep_address).transpose()?,
        tax_id,
        locale: new.locale,
        payment_processor_id: None,
        short_id: None,
        invoices: 0,
        receipts: 0,
        balance: 0,
        metadata: keep_metadata(&new.metadata.unwrap_or_default())?,
        created_at: now,
        modified_at: None,
        deleted_at: None,
    })
}

/// A billing address as it is kept.
pub fn address(given: &AddressInput) -> Json {
    json!({
        "line1": given.line1,
        "line2": given.line2,
        "postal_code": given.postal_code,
        "city": given.city,
        "state": given.state,
        "country": given.country,
    })
}

/// An address as the database keeps it. It fails on U+0000 in it.
pub(super) fn keep_address(address: Json) -> Result<Json, Refusal> {
    let has_nul = |part: &Json| part.as_str().is_some_and(|text| text.contains('\0'));
    let parts = address.as_object().map(Map::values);
    if parts.into_iter().flatten().any(has_nul) {
        return Err(Refusal::Crash);
    }
    Ok(address)
}

/// An address with its domain in lower case.
pub(super) fn normal_email(email: &str) -> String {
    match email.rsplit_once('@') {
        Some((local, domain)) => format!("{local}@{}", domain.to_lowercase()),
        None => email.to_owned(),
    }
}

pub(super) fn email_taken(email: &str) -> BusinessError {
    let message = "A customer with this email address already exists.";
    wrong("email", message, Some(email))
}

pub(super) fn external_id_taken(external_id: &str) -> BusinessError {
    let message = "A customer with this external ID already exists.";
    wrong("external_id", message, Some(external_id))
}

pub(super) fn wrong(field: &str, message: &'static str, input: Option<&str>) -> BusinessError {
    let input = input.map_or(Value::Null, |text| Value::Str(text.to_owned()));
    BusinessError::at(vec![Value::Str(field.to_owned())], message, input)
}

pub(super) fn refuse(errors: Vec<BusinessError>) -> Result<(), Refusal> {
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

    pub(in crate::rules) const NOW: &str = "2026-06-01T00:00:00Z";
    pub(in crate::rules) const BOTH: Taken = Taken {
        email: true,
        external_id: true,
    };
    pub(in crate::rules) const NEITHER: Taken = Taken {
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

    pub(in crate::rules) fn dict(text: &str) -> Dict {
        parse(text.as_bytes()).unwrap().as_dict().unwrap().clone()
    }

    /// The fields that are wrong, with what was given; `Crash` for an error of the server.
    pub(in crate::rules) fn wrong<T>(outcome: Result<T, Refusal>) -> String {
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
            tax_id: Some("FR61954506077".into()),
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
            tax_id: Some(json!(["FR61954506077", "eu_vat"])),
            locale: Some("fr".into()),
            payment_processor_id: None,
            short_id: None,
            invoices: 0,
            receipts: 0,
            balance: 0,
            metadata,
            created_at: at(NOW),
            modified_at: None,
            deleted_at: None,
        };
        assert_eq!(made, expected);
    }

    #[test]
    fn the_database_cannot_keep_nul_in_an_address() {
        let new = NewCustomer {
            billing_address: Some(json!({"country": "FR", "city": "\0"})),
            ..NewCustomer::default()
        };
        let made = create_customer(Uuid::nil(), new, NEITHER, at(NOW));
        assert_eq!(made, Err(Refusal::Crash));
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
}
