//! What a case is given.

/// A key as it was made.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TestKey {
    /// Its id.
    pub id: String,
    /// The key itself.
    pub key: String,
    /// The organization that owns it.
    pub organization: String,
    /// The ids of its activations, in the order in which they were asked for.
    pub activations: Vec<String>,
}

/// The world of a case.
#[derive(Debug, Clone, Default)]
pub struct Setup {
    /// Its keys, in the order in which they were asked for.
    pub keys: Vec<TestKey>,
    /// The organization.
    pub organization: String,
    /// The customer that every key belongs to.
    pub customer: String,
    /// That customer's id in the organization's own system.
    pub external_customer: String,
    /// That customer's e-mail address.
    pub email: String,
    /// The benefit that every key belongs to.
    pub benefit: String,
    /// Another customer of the organization.
    pub other_customer: String,
    /// Another benefit of the organization.
    pub other_benefit: String,
    /// What another organization has, on a target that can be seeded.
    pub abroad: Abroad,
}

/// Another organization.
#[derive(Debug, Clone, Default)]
pub struct Abroad {
    /// Its id.
    pub organization: String,
    /// The customer that every key of it belongs to.
    pub customer: String,
    /// The benefit that every key of it belongs to.
    pub benefit: String,
}
