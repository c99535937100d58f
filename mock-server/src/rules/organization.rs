//! In which organization is something made? (docs/behaviour.md#provisioning)

use uuid::Uuid;

use crate::json::Value;
use crate::refusal::{BusinessError, Refusal};
use crate::state::Caller;

/// The organization in which something is made: the token's own, or the one that a user names.
pub fn payload_organization(caller: Option<&Caller>, given: Option<Uuid>) -> Result<Uuid, Refusal> {
    let refuse = |kind, message: &'static str, input| {
        Refusal::Invalid(vec![BusinessError {
            kind,
            loc: vec![Value::Str("organization_id".to_owned())],
            message: message.into(),
            input,
        }])
    };
    let organizations = caller.map(Caller::organizations).unwrap_or_default();
    match (caller, given) {
        (Some(Caller::Organization(id)), None) => Ok(*id),
        (Some(Caller::Organization(_)), Some(given)) => Err(refuse(
            "organization_token",
            "Setting organization_id is disallowed when using an organization token.",
            Value::Str(given.to_string()),
        )),
        (_, None) => Err(refuse(
            "missing",
            "organization_id is required.",
            Value::Null,
        )),
        (_, Some(given)) if organizations.contains(&given) => Ok(given),
        (_, Some(given)) => Err(refuse(
            "value_error",
            "Organization not found.",
            Value::Str(given.to_string()),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_organization_makes_things_at_home_and_a_user_says_where() {
        let [own, other] = [1, 2].map(Uuid::from_u128);
        let organization = Caller::Organization(own);
        let user = Caller::User {
            id: Uuid::nil(),
            organizations: vec![own],
        };
        let customer = Caller::Customer { customer_id: own };
        for (caller, given, outcome) in [
            (Some(&organization), None, Ok(own)),
            (Some(&organization), Some(own), Err("organization_token")),
            (Some(&user), None, Err("missing")),
            (Some(&user), Some(own), Ok(own)),
            (Some(&user), Some(other), Err("value_error")),
            (Some(&customer), Some(own), Err("value_error")),
            (None, None, Err("missing")),
        ] {
            let decided = payload_organization(caller, given);
            let kind = decided.map_err(|refusal| match refusal {
                Refusal::Invalid(errors) => errors[0].kind,
                refusal => refusal.error(),
            });
            assert_eq!(kind, outcome, "{caller:?} {given:?}");
        }
    }
}
