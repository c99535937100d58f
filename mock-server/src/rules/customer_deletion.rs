//! What is left of a customer who is deleted (docs/behaviour.md#deleted-customers).

use sha2::{Digest, Sha256};

use crate::json::Value;
use crate::state::{Customer, Metadata, Timestamp, stored};

/// The customer as it is kept; its external id is free again. If it is to be anonymous, its address becomes a hash, and so does
/// its name unless it has a tax number; the external id is then kept with the metadata.
pub fn delete_customer(customer: &Customer, anonymize: bool, now: Timestamp) -> Customer {
    let mut kept = Customer {
        external_id: None,
        deleted_at: Some(now),
        modified_at: Some(now),
        ..customer.clone()
    };
    if !anonymize || is_anonymous(customer) {
        return kept;
    }
    let hash = |text: &String| {
        let made = customer.created_at.with_offset();
        let digest = Sha256::new().chain_update(made).chain_update(text);
        let digest = digest.finalize();
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    };
    let email = customer.email.as_ref().map(hash);
    kept.email = email.map(|hash: String| hash + "@anonymized.polar.sh");
    kept.email_verified = false;
    if customer.tax_id.is_none() {
        kept.name = customer.name.as_ref().map(hash);
    }
    kept.billing_name = customer.billing_name.as_ref().map(hash);
    kept.billing_address = None;
    let mut metadata = kept.metadata.0;
    let id = customer.external_id.clone().map(|id| ("__external_id", id));
    let notes = id
        .into_iter()
        .chain([("__anonymized_at", now.with_offset())]);
    for (name, note) in notes {
        metadata.take(name);
        metadata.push(name, Value::Str(note));
    }
    // What is kept already can be kept again.
    kept.metadata = Metadata(stored(&metadata).unwrap_or(metadata));
    kept
}

/// Whether a customer is anonymous already: then nothing more is done to it.
fn is_anonymous(customer: &Customer) -> bool {
    let email = customer.email.as_deref().unwrap_or_default();
    customer.metadata.0.get("__anonymized_at").is_some() || email.ends_with("@anonymized.polar.sh")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::rules::activate::tests::at;
    use crate::rules::customer::tests::{NOW, customer, dict};

    const ANONYMOUS: &str = "2026-01-01T00:00:00+00:00";

    fn ada() -> Customer {
        Customer {
            external_id: Some("x".into()),
            name: Some("Ada".into()),
            billing_address: Some(json!({"country": "FR"})),
            email_verified: true,
            created_at: at("2026-01-01T00:00:00Z"),
            ..customer()
        }
    }

    fn hash(text: &str) -> String {
        let digest = Sha256::digest(format!("{ANONYMOUS}{text}"));
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn a_deleted_customer_frees_the_external_id() {
        let expected = Customer {
            external_id: None,
            deleted_at: Some(at(NOW)),
            modified_at: Some(at(NOW)),
            ..ada()
        };
        assert_eq!(delete_customer(&ada(), false, at(NOW)), expected);
    }

    #[test]
    fn an_anonymous_customer_is_known_by_hashes() {
        let kept = delete_customer(&ada(), true, at(NOW));
        let email = hash("ada@example.com") + "@anonymized.polar.sh";
        assert_eq!(kept.email, Some(email.clone()));
        assert_eq!(kept.name, Some(hash("Ada")));
        assert_eq!((kept.billing_address, kept.email_verified), (None, false));
        let notes = r#"{"__external_id":"x","__anonymized_at":"2026-06-01T00:00:00+00:00"}"#;
        assert_eq!(kept.metadata, Metadata(dict(notes)));
        let company = Customer {
            tax_id: Some(json!(["911144442", "us_ein"])),
            ..ada()
        };
        assert_eq!(delete_customer(&company, true, at(NOW)).name, company.name);
        let anonymous = Customer {
            email: Some(email),
            ..ada()
        };
        let kept = delete_customer(&anonymous, true, at(NOW));
        assert_eq!(kept, delete_customer(&anonymous, false, at(NOW)));
    }
}
