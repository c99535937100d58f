//! Whose session is it? (docs/behaviour.md#customer-sessions)

use uuid::Uuid;

use super::Refusal;
use crate::json::Value;
use crate::state::{CustomerType, Member};

/// Who a portal session is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionHolder {
    /// A customer of an organization without members.
    Customer,
    /// A member.
    Member(Uuid),
}

/// Chooses the member of a customer who gets the session. `member_id` and `external_member_id` are what was asked for.
pub fn choose_member<'m>(
    member_model: bool,
    kind: CustomerType,
    members: impl Iterator<Item = &'m Member> + Clone,
    member_id: Option<Uuid>,
    external_member_id: Option<&str>,
) -> Result<SessionHolder, Refusal> {
    if !member_model {
        return Ok(SessionHolder::Customer);
    }
    let unknown = |field, input: String| {
        Refusal::invalid(
            field,
            "Member does not exist for this customer.",
            Value::Str(input),
        )
    };
    let mut all = members.clone();
    let member = if let Some(id) = member_id {
        all.find(|member| member.id == id)
            .ok_or_else(|| unknown("member_id", id.to_string()))?
    } else if let Some(external) = external_member_id {
        let found = all.find(|member| member.external_id.as_deref() == Some(external));
        found.ok_or_else(|| unknown("external_member_id", external.to_owned()))?
    } else {
        let owner = all.find(|member| member.role == "owner");
        owner
            .filter(|_| kind == CustomerType::Individual)
            .ok_or(Refusal::invalid(
                "member_id",
                "member_id is required for team customers.",
                Value::Null,
            ))?
    };
    Ok(SessionHolder::Member(member.id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::{Timestamp, new_uuid};

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
    fn holders() {
        let members = [member("member", "m"), member("owner", "o")];
        let choose =
            |model, kind, id, external| choose_member(model, kind, members.iter(), id, external);
        let refused = |holder: Result<SessionHolder, Refusal>| holder.unwrap_err().detail();
        use CustomerType::{Individual, Team};
        assert_eq!(
            choose(false, Individual, Some(new_uuid()), None),
            Ok(SessionHolder::Customer)
        );
        assert_eq!(
            choose(true, Individual, None, None),
            Ok(SessionHolder::Member(members[1].id))
        );
        assert_eq!(
            choose(true, Team, Some(members[0].id), None),
            Ok(SessionHolder::Member(members[0].id))
        );
        assert_eq!(
            choose(true, Team, None, Some("o")),
            Ok(SessionHolder::Member(members[1].id))
        );
        assert_eq!(
            refused(choose(true, Team, None, None)),
            "member_id is required for team customers."
        );
        assert_eq!(
            refused(choose(true, Team, Some(new_uuid()), None)),
            "Member does not exist for this customer."
        );
        assert_eq!(
            refused(choose(true, Individual, None, Some("x"))),
            "Member does not exist for this customer."
        );
    }
}
