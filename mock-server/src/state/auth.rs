//! Who a token speaks for.

use uuid::Uuid;

use super::Timestamp;
use crate::contract::Subject;

/// Who is asking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// An organization.
    Organization(Uuid),
    /// A user and the organizations they are in.
    User {
        /// The user.
        id: Uuid,
        /// Their organizations.
        organizations: Vec<Uuid>,
    },
    /// A customer, in an organization of the older kind.
    Customer {
        /// The customer.
        customer_id: Uuid,
    },
    /// A member of a customer.
    Member {
        /// The member.
        member_id: Uuid,
        /// Their customer.
        customer_id: Uuid,
    },
}

impl Caller {
    /// What kind of caller it is.
    pub fn subject(&self) -> Subject {
        match self {
            Self::Organization(_) => Subject::Organization,
            Self::User { .. } => Subject::User,
            Self::Customer { .. } => Subject::Customer,
            Self::Member { .. } => Subject::Member,
        }
    }

    /// The organizations whose objects a core operation may touch.
    pub fn organizations(&self) -> &[Uuid] {
        match self {
            Self::Organization(id) => std::slice::from_ref(id),
            Self::User { organizations, .. } => organizations,
            Self::Customer { .. } | Self::Member { .. } => &[],
        }
    }
}

/// A token: who it speaks for, what it may do, and how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Who it speaks for.
    pub caller: Caller,
    /// What it may do.
    pub scopes: Vec<String>,
    /// When it stops working.
    pub expires_at: Option<Timestamp>,
}

impl Token {
    /// Whether it works at this moment.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }
}
