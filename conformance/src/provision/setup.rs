//! The set-up of a case.

/// A key for a case.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TestKey {
    /// Its id.
    pub id: String,
    /// The key itself.
    pub key: String,
    /// The organization that owns it.
    pub organization: String,
    /// The ids of its activations, in the order of the specification.
    pub activations: Vec<String>,
}

/// The keys of a case, and what surrounds them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Setup {
    /// The keys, in the order of the specifications.
    pub keys: Vec<TestKey>,
    /// The organization.
    pub organization: String,
    /// The customer of every key.
    pub customer: String,
    /// The customer's external id.
    pub external_customer: String,
    /// The customer's e-mail address.
    pub email: String,
    /// The benefit of every key.
    pub benefit: String,
    /// Another customer of the organization.
    pub other_customer: String,
    /// Another benefit of the organization.
    pub other_benefit: String,
    /// Another organization, on a target that can be seeded.
    pub abroad: Abroad,
}

/// Another organization.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Abroad {
    /// Its id.
    pub organization: String,
    /// The customer of all its keys.
    pub customer: String,
    /// The benefit of all its keys.
    pub benefit: String,
}
