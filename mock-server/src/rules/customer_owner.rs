//! The member who owns a customer, where customers have members (docs/behaviour.md#customers).

use super::customer::normal_email;
use crate::state::{Customer, CustomerType, Member, Timestamp};

/// What a request says of the owner of a new customer.
#[derive(Debug, Clone)]
pub struct NewOwner {
    /// The e-mail address.
    pub email: String,
    /// The name.
    pub name: Option<String>,
    /// The id in the seller's own system.
    pub external_id: Option<String>,
}

/// The owner of a new customer: like the customer itself, unless the request says otherwise.
pub fn create_owner(customer: &Customer, given: Option<NewOwner>) -> Member {
    let owner = Member::owner_of(customer);
    match given {
        None => owner,
        Some(given) => Member {
            email: normal_email(&given.email),
            name: given.name.or(owner.name),
            external_id: given.external_id.or(owner.external_id),
            ..owner
        },
    }
}

/// The owner as an update of the customer changes it: that of an individual takes over a new e-mail address.
pub fn update_owner(
    owner: &Member,
    old: &Customer,
    new: &Customer,
    now: Timestamp,
) -> Option<Member> {
    let email = new.email.as_ref().filter(|_| new.email != old.email)?;
    let is_other = owner.email.to_lowercase() != email.to_lowercase();
    (new.kind == CustomerType::Individual && is_other).then(|| Member {
        email: email.clone(),
        modified_at: Some(now),
        ..owner.clone()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::activate::tests::at;
    use crate::rules::customer::tests::customer;

    #[test]
    fn an_owner_is_like_the_customer_unless_the_request_says_otherwise() {
        let customer = Customer {
            name: Some("Ada".into()),
            external_id: Some("x".into()),
            ..customer()
        };
        let given = |name: Option<&str>, external_id: Option<&str>| NewOwner {
            email: "Eve@Example.com".into(),
            name: name.map(Into::into),
            external_id: external_id.map(Into::into),
        };
        for (given, email, name, external_id) in [
            (None, "ada@example.com", "Ada", "x"),
            (Some(given(None, None)), "Eve@example.com", "Ada", "x"),
            (
                Some(given(Some("Eve"), Some("y"))),
                "Eve@example.com",
                "Eve",
                "y",
            ),
        ] {
            let owner = create_owner(&customer, given);
            let expected = Member {
                id: owner.id,
                customer_id: customer.id,
                email: email.into(),
                name: Some(name.into()),
                external_id: Some(external_id.into()),
                role: "owner".into(),
                created_at: customer.created_at,
                modified_at: None,
            };
            assert_eq!(owner, expected);
        }
    }

    #[test]
    fn the_owner_of_an_individual_takes_over_a_new_address() {
        let now = at("2026-06-01T00:00:00Z");
        let old = customer();
        let owner = create_owner(&old, None);
        let moved = Customer {
            email: Some("eve@example.com".into()),
            ..customer()
        };
        let team = Customer {
            kind: CustomerType::Team,
            ..moved.clone()
        };
        let nowhere = Customer {
            email: None,
            ..customer()
        };
        let changed = Member {
            email: "eve@example.com".into(),
            modified_at: Some(now),
            ..owner.clone()
        };
        for (new, outcome) in [
            (&moved, Some(changed)),
            (&old, None),
            (&team, None),
            (&nowhere, None),
        ] {
            assert_eq!(update_owner(&owner, &old, new, now), outcome, "{new:?}");
        }
        let known = Member {
            email: "EVE@example.com".into(),
            ..owner
        };
        assert_eq!(update_owner(&known, &old, &moved, now), None);
    }
}
