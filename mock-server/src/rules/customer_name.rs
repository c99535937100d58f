//! How the body of a request names a customer (docs/behaviour.md#customer-sessions).

use uuid::Uuid;

use crate::json::Value;
use crate::refusal::Refusal;

/// How the body of a request names a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CustomerName<'a> {
    /// By id.
    Id(Uuid),
    /// By the id in the seller's own system.
    ExternalId(&'a str),
}

impl<'a> CustomerName<'a> {
    /// The name that counts: the external id, if both are given. The contract demands one of them.
    pub fn of(id: Option<Uuid>, external_id: Option<&'a str>) -> Result<Self, Refusal> {
        match (external_id, id) {
            (Some(external_id), _) => Ok(Self::ExternalId(external_id)),
            (None, Some(id)) => Ok(Self::Id(id)),
            (None, None) => Err(Refusal::internal(
                "the decoder let a body pass that names no customer",
            )),
        }
    }

    /// Fails where the real server does: its database takes no U+0000.
    pub fn look_up(self) -> Result<Self, Refusal> {
        match self {
            Self::ExternalId(id) if id.contains('\0') => Err(Refusal::Crash),
            name => Ok(name),
        }
    }

    /// The refusal if nobody has this name.
    pub fn unknown(self) -> Refusal {
        let (field, input) = match self {
            Self::Id(id) => ("customer_id", id.to_string()),
            Self::ExternalId(id) => ("external_customer_id", id.to_owned()),
        };
        Refusal::invalid(field, "Customer does not exist.", Value::Str(input))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_external_id_counts_before_an_id() {
        let id = Uuid::nil();
        for (given, name) in [
            ((Some(id), Some("x")), CustomerName::ExternalId("x")),
            ((None, Some("x")), CustomerName::ExternalId("x")),
            ((Some(id), None), CustomerName::Id(id)),
        ] {
            assert_eq!(CustomerName::of(given.0, given.1), Ok(name));
        }
        let nothing = CustomerName::of(None, None);
        assert!(matches!(nothing, Err(Refusal::Internal(_))));
    }

    #[test]
    fn an_external_id_with_nul_fails() {
        let nul = CustomerName::ExternalId("a\0");
        assert_eq!(nul.look_up(), Err(Refusal::Crash));
        let name = CustomerName::ExternalId("a");
        assert_eq!(name.look_up(), Ok(name));
    }

    #[test]
    fn an_unknown_customer_is_refused_at_the_field_that_named_it() {
        let nil = "00000000-0000-0000-0000-000000000000";
        for (name, field, input) in [
            (CustomerName::Id(Uuid::nil()), "customer_id", nil),
            (CustomerName::ExternalId("x"), "external_customer_id", "x"),
        ] {
            let message = "Customer does not exist.";
            let refusal = Refusal::invalid(field, message, Value::Str(input.to_owned()));
            assert_eq!(name.unknown(), refusal);
        }
    }
}
