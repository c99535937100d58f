//! Which customers a list shows, and in which order (docs/behaviour.md#customers).

use std::cmp::Ordering;

use uuid::Uuid;

use super::{has_metadata, is_one_of, nulls_last};
use crate::json::Dict;
use crate::state::Customer;

/// Which customers a list is asked for; what is left out does not matter.
#[derive(Debug, Clone, Default)]
pub struct CustomerFilter {
    /// Those of these organizations.
    pub organization_id: Option<Vec<Uuid>>,
    /// Those with this address, in any case.
    pub email: Option<String>,
    /// Those that mention this text, which is in lower case.
    pub query: Option<String>,
    /// Those with an active subscription, or those without.
    pub active: Option<bool>,
    /// Those with this metadata.
    pub metadata: Option<Dict>,
}

impl CustomerFilter {
    /// Whether a customer is one of them. `subscribed` says whether a subscription of theirs is active.
    pub fn shows(&self, customer: &Customer, subscribed: impl FnOnce() -> bool) -> bool {
        let email = customer.email.as_deref().map(str::to_lowercase);
        customer.deleted_at.is_none()
            && is_one_of(&customer.organization_id, self.organization_id.as_ref())
            && self
                .email
                .as_ref()
                .is_none_or(|wanted| email == Some(wanted.to_lowercase()))
            && self
                .query
                .as_ref()
                .is_none_or(|query| mentions(customer, query))
            && self
                .metadata
                .as_ref()
                .is_none_or(|wanted| has_metadata(&customer.metadata.0, wanted))
            && self.active.is_none_or(|active| active == subscribed())
    }
}

/// Whether a text is part of the address or a name, or begins the external id.
fn mentions(customer: &Customer, query: &str) -> bool {
    let lower = |field: &Option<String>| field.as_deref().map(str::to_lowercase);
    [&customer.email, &customer.name, &customer.billing_name]
        .into_iter()
        .filter_map(lower)
        .any(|field| field.contains(query))
        || lower(&customer.external_id).is_some_and(|id| id.starts_with(query))
}

/// How two customers stand to each other by a criterion of `sorting`.
pub fn compare_customers(criterion: &str, a: &Customer, b: &Customer) -> Ordering {
    match criterion {
        "name" => nulls_last(&a.name, &b.name),
        "email" => nulls_last(&a.email, &b.email),
        "created_at" => a.created_at.cmp(&b.created_at),
        _ => Ordering::Equal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::parse;
    use crate::rules::customer::tests::customer;
    use crate::state::{Metadata, Timestamp};

    fn dict(text: &str) -> Dict {
        parse(text.as_bytes()).unwrap().as_dict().unwrap().clone()
    }

    #[test]
    fn a_filter_shows_what_it_names() {
        let customer = Customer {
            email: Some("Ada@example.com".into()),
            name: Some("Ada L".into()),
            billing_name: Some("Countess".into()),
            external_id: Some("Ext-1".into()),
            metadata: Metadata(dict(r#"{"a":"x"}"#)),
            ..customer()
        };
        let email = |email: &str| CustomerFilter {
            email: Some(email.into()),
            ..CustomerFilter::default()
        };
        let query = |query: &str| CustomerFilter {
            query: Some(query.into()),
            ..CustomerFilter::default()
        };
        let metadata = |metadata: &str| CustomerFilter {
            metadata: Some(dict(metadata)),
            ..CustomerFilter::default()
        };
        let active = |active| CustomerFilter {
            active: Some(active),
            ..CustomerFilter::default()
        };
        let organization = |id| CustomerFilter {
            organization_id: Some(vec![id]),
            ..CustomerFilter::default()
        };
        for (filter, shown) in [
            (CustomerFilter::default(), true),
            (organization(customer.organization_id), true),
            (organization(Uuid::max()), false),
            (email("aDa@example.com"), true),
            (email("da@example.com"), false),
            (query("@exam"), true),
            (query("da l"), true),
            (query("untes"), true),
            (query("ext-"), true),
            (query("xt-1"), false),
            (query("bob"), false),
            (metadata(r#"{"a":["x"]}"#), true),
            (metadata(r#"{"a":["y"]}"#), false),
            (active(true), true),
            (active(false), false),
        ] {
            assert_eq!(filter.shows(&customer, || true), shown, "{filter:?}");
        }
        assert!(active(false).shows(&customer, || false));
        let deleted = Customer {
            deleted_at: Some(Timestamp::default()),
            ..customer
        };
        assert!(!CustomerFilter::default().shows(&deleted, || true));
    }

    #[test]
    fn a_criterion_compares_one_field() {
        let first = Customer {
            name: Some("a".into()),
            email: Some("b".into()),
            ..customer()
        };
        let second = Customer {
            name: Some("b".into()),
            email: Some("a".into()),
            created_at: first.created_at.plus_seconds(1),
            ..first.clone()
        };
        for (criterion, ordering) in [
            ("name", Ordering::Less),
            ("email", Ordering::Greater),
            ("created_at", Ordering::Less),
            ("balance", Ordering::Equal),
        ] {
            let compared = compare_customers(criterion, &first, &second);
            assert_eq!(compared, ordering, "{criterion}");
        }
    }
}
