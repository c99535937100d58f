//! Whose portal session is it, for how long, and where does it lead? (docs/behaviour.md#customer-sessions)

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use uuid::Uuid;

use crate::json::Value;
use crate::refusal::Refusal;
use crate::state::{CustomerType, Member, Timestamp};

const LIFETIME_SECONDS: i64 = 3_600;

/// What a form leaves unescaped.
const FORM: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// Chooses the member of a customer who gets the session; nobody where customers have no members, since the session is the
/// customer's then. `member_id` and `external_member_id` are what was asked for.
pub fn choose_member<'m>(
    member_model: bool,
    kind: CustomerType,
    members: impl Iterator<Item = &'m Member>,
    member_id: Option<Uuid>,
    external_member_id: Option<&str>,
) -> Result<Option<&'m Member>, Refusal> {
    if !member_model {
        return Ok(None);
    }
    let unknown = |field, input: String| {
        let message = "Member does not exist for this customer.";
        Refusal::invalid(field, message, Value::Str(input))
    };
    let mut members = members;
    let member = if let Some(id) = member_id {
        members
            .find(|member| member.id == id)
            .ok_or_else(|| unknown("member_id", id.to_string()))?
    } else if let Some(external) = external_member_id {
        members
            .find(|member| member.external_id.as_deref() == Some(external))
            .ok_or_else(|| unknown("external_member_id", external.to_owned()))?
    } else {
        let owner = members.find(|member| member.role == "owner");
        let owner = owner.filter(|_| kind == CustomerType::Individual);
        let message = "member_id is required for team customers.";
        owner.ok_or_else(|| Refusal::invalid("member_id", message, Value::Null))?
    };
    Ok(Some(member))
}

/// What the token of a session begins with.
pub fn token_prefix(member: Option<&Member>) -> &'static str {
    match member {
        Some(_) => "polar_mst_",
        None => "polar_cst_",
    }
}

/// When a session that is opened now ends.
pub fn session_end(now: Timestamp) -> Timestamp {
    now.plus_seconds(LIFETIME_SECONDS)
}

/// The page of the organization that opens the portal with a session.
pub fn portal_url(sandbox: bool, slug: &str, token: &str, email: Option<&str>) -> String {
    let host = if sandbox {
        "sandbox.polar.sh"
    } else {
        "polar.sh"
    };
    let email = email
        .map(|email| format!("&email={}", utf8_percent_encode(email, FORM)))
        .unwrap_or_default();
    format!("https://{host}/{slug}/portal?customer_session_token={token}{email}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::activate::tests::at;
    use crate::state::new_uuid;

    fn member(role: &str, external_id: &str) -> Member {
        Member {
            id: new_uuid(),
            customer_id: new_uuid(),
            email: String::new(),
            name: None,
            external_id: Some(external_id.into()),
            role: role.into(),
            created_at: Timestamp::default(),
            modified_at: None,
        }
    }

    #[test]
    fn a_session_is_for_the_member_asked_for_or_the_owner_of_an_individual() {
        use CustomerType::{Individual, Team};
        let members = [member("member", "m"), member("owner", "o")];
        let [first, owner] = [0, 1].map(|place| Ok(Some(&members[place])));
        let unknown = "Member does not exist for this customer.";
        let refused = |field, message, input| Err(Refusal::invalid(field, message, input));
        let nobody = new_uuid();
        let nobody_text = Value::Str(nobody.to_string());
        for (model, kind, id, external, outcome) in [
            (false, Individual, Some(nobody), Some("x"), Ok(None)),
            (false, Team, None, None, Ok(None)),
            (true, Individual, None, None, owner.clone()),
            (true, Team, Some(members[0].id), None, first.clone()),
            (true, Individual, None, Some("m"), first.clone()),
            (true, Team, None, Some("o"), owner),
            (true, Individual, Some(members[0].id), Some("o"), first),
            (
                true,
                Team,
                None,
                None,
                refused(
                    "member_id",
                    "member_id is required for team customers.",
                    Value::Null,
                ),
            ),
            (
                true,
                Team,
                Some(nobody),
                None,
                refused("member_id", unknown, nobody_text),
            ),
            (
                true,
                Individual,
                None,
                Some("x"),
                refused("external_member_id", unknown, Value::Str("x".to_owned())),
            ),
        ] {
            let chosen = choose_member(model, kind, members.iter(), id, external);
            assert_eq!(chosen, outcome, "{model} {kind:?} {id:?} {external:?}");
        }
    }

    #[test]
    fn a_token_tells_whether_a_member_holds_it() {
        assert_eq!(token_prefix(Some(&member("owner", "o"))), "polar_mst_");
        assert_eq!(token_prefix(None), "polar_cst_");
    }

    #[test]
    fn a_session_lasts_an_hour() {
        let end = session_end(at("2026-06-01T00:00:00Z"));
        assert_eq!(end, at("2026-06-01T01:00:00Z"));
    }

    #[test]
    fn the_portal_is_that_of_the_environment_and_knows_the_address() {
        for (sandbox, email, url) in [
            (
                false,
                Some("a+b-_.~@example.com"),
                "https://polar.sh/acme/portal?customer_session_token=t&email=a%2Bb-_.~%40example.com",
            ),
            (
                true,
                None,
                "https://sandbox.polar.sh/acme/portal?customer_session_token=t",
            ),
        ] {
            assert_eq!(portal_url(sandbox, "acme", "t", email), url);
        }
    }
}
