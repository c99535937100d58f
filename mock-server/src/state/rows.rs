//! The rows of the world, which are also the rows of a fixture file.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::value::RawValue;
use uuid::Uuid;

use super::table::Row;
use super::{Timestamp, jsonb, new_uuid};
use crate::json::{Dict, Value, parse};

/// An organization and the tokens that speak for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Organization {
    /// Its id; generated if left out.
    #[serde(default = "new_uuid")]
    #[schemars(default)]
    pub id: Uuid,
    /// The name in addresses.
    pub slug: String,
    /// The name for people.
    pub name: String,
    /// Whether customers have members, as in every organization made today.
    #[serde(default = "yes")]
    pub member_model: bool,
    /// When it was created.
    #[serde(default)]
    pub created_at: Timestamp,
    /// Organization access tokens, and personal tokens of its owner (`polar_pat_…`).
    #[serde(default)]
    pub access_tokens: Vec<AccessToken>,
}

/// A token for the core API.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccessToken {
    /// What is sent behind `Bearer`.
    pub token: String,
    /// What it may do.
    pub scopes: Vec<String>,
    /// When it stops working; never where left out.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
}

/// Whether a customer is one person or a team.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CustomerType {
    /// One person.
    #[default]
    Individual,
    /// A team with members.
    Team,
}

impl CustomerType {
    /// Its name in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Individual => "individual",
            Self::Team => "team",
        }
    }
}

/// A customer of an organization.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Customer {
    /// Its id; generated if left out.
    #[serde(default = "new_uuid")]
    #[schemars(default)]
    pub id: Uuid,
    /// Whose customer it is.
    pub organization_id: Uuid,
    /// Its id in the seller's own system.
    #[serde(default)]
    pub external_id: Option<String>,
    /// The e-mail address; a team may have none.
    #[serde(default)]
    pub email: Option<String>,
    /// Whether the address is known to work.
    #[serde(default)]
    pub email_verified: bool,
    /// One person or a team.
    #[serde(default, rename = "type")]
    pub kind: CustomerType,
    /// The name.
    #[serde(default)]
    pub name: Option<String>,
    /// The name on invoices; the name where left out.
    #[serde(default)]
    pub billing_name: Option<String>,
    /// The address on invoices.
    #[serde(default)]
    pub billing_address: Option<serde_json::Value>,
    /// The tax number and its format.
    #[serde(default)]
    pub tax_id: Option<serde_json::Value>,
    /// The preferred language.
    #[serde(default)]
    pub locale: Option<String>,
    /// What the seller keeps with it.
    #[serde(default)]
    pub metadata: Metadata,
    /// When it was created.
    #[serde(default)]
    pub created_at: Timestamp,
    /// When it last changed.
    #[serde(default)]
    pub modified_at: Option<Timestamp>,
    /// When it was deleted.
    #[serde(default)]
    pub deleted_at: Option<Timestamp>,
}

/// A member of a customer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// Its id; generated if left out.
    #[serde(default = "new_uuid")]
    #[schemars(default)]
    pub id: Uuid,
    /// Whose member it is.
    pub customer_id: Uuid,
    /// The e-mail address.
    pub email: String,
    /// The name.
    #[serde(default)]
    pub name: Option<String>,
    /// Its id in the seller's own system.
    #[serde(default)]
    pub external_id: Option<String>,
    /// `owner`, `billing_manager` or `member`.
    #[serde(default = "owner")]
    pub role: String,
    /// When it was created.
    #[serde(default)]
    pub created_at: Timestamp,
    /// When it last changed.
    #[serde(default)]
    pub modified_at: Option<Timestamp>,
}

/// A benefit; those of type `license_keys` stand behind license keys.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Benefit {
    /// Its id; generated if left out.
    #[serde(default = "new_uuid")]
    #[schemars(default)]
    pub id: Uuid,
    /// Whose benefit it is.
    pub organization_id: Uuid,
    /// Its type, `license_keys` for the ones this server is about.
    #[serde(rename = "type")]
    pub kind: String,
    /// What customers read.
    pub description: String,
    /// Who sees it: `public` or `private`.
    #[serde(default = "public")]
    pub visibility: String,
    /// When it was deleted.
    #[serde(default)]
    pub deleted_at: Option<Timestamp>,
    /// What the type needs; for `license_keys`: `prefix`, `expires`, `activations`, `limit_usage`.
    #[serde(default)]
    pub properties: serde_json::Map<String, serde_json::Value>,
    /// What the seller keeps with it.
    #[serde(default)]
    pub metadata: Metadata,
    /// When it was created.
    #[serde(default)]
    pub created_at: Timestamp,
    /// When it last changed.
    #[serde(default)]
    pub modified_at: Option<Timestamp>,
}

impl Benefit {
    /// What generated keys begin with.
    pub fn prefix(&self) -> Option<&str> {
        self.properties
            .get("prefix")
            .and_then(serde_json::Value::as_str)
    }

    /// Whether customers see the activations of their keys.
    pub fn enable_customer_admin(&self) -> bool {
        let activations = self.properties.get("activations");
        activations.and_then(|activations| activations.get("enable_customer_admin"))
            == Some(&serde_json::Value::Bool(true))
    }
}

/// Whether a license key may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It may.
    #[default]
    Granted,
    /// It may no longer: the benefit was taken away.
    Revoked,
    /// It may not: the seller switched it off.
    Disabled,
}

impl Status {
    /// The status of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Granted, Self::Revoked, Self::Disabled]
            .into_iter()
            .find(|status| status.name() == name)
    }

    /// Its name in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::Revoked => "revoked",
            Self::Disabled => "disabled",
        }
    }
}

/// A license key with its activations.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LicenseKey {
    /// Its id; generated if left out.
    #[serde(default = "new_uuid")]
    #[schemars(default)]
    pub id: Uuid,
    /// Whose key it is.
    pub organization_id: Uuid,
    /// Who holds it.
    pub customer_id: Uuid,
    /// Which member of the customer holds it; the owner where left out.
    #[serde(default)]
    pub member_id: Option<Uuid>,
    /// The benefit that it comes from.
    pub benefit_id: Uuid,
    /// The key itself; generated if left out, with the benefit's prefix.
    #[serde(default)]
    pub key: String,
    /// Whether it may be used.
    #[serde(default)]
    pub status: Status,
    /// How many activations it allows; `null` where it takes none.
    #[serde(default)]
    pub limit_activations: Option<i32>,
    /// How much of its quota is used.
    #[serde(default)]
    pub usage: i32,
    /// The quota; `null` for none.
    #[serde(default)]
    pub limit_usage: Option<i32>,
    /// How often it was validated.
    #[serde(default)]
    pub validations: i64,
    /// When it was last validated.
    #[serde(default)]
    pub last_validated_at: Option<Timestamp>,
    /// When it stops being valid; `null` for never.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
    /// When it was created.
    #[serde(default)]
    pub created_at: Timestamp,
    /// When it last changed.
    #[serde(default)]
    pub modified_at: Option<Timestamp>,
    /// Live activations, in the order in which they were made.
    #[serde(default)]
    pub activations: Vec<Activation>,
}

impl LicenseKey {
    /// A copy for an answer that does not show activations.
    pub fn without_activations(&self) -> Self {
        Self {
            id: self.id,
            organization_id: self.organization_id,
            customer_id: self.customer_id,
            member_id: self.member_id,
            benefit_id: self.benefit_id,
            key: self.key.clone(),
            status: self.status,
            limit_activations: self.limit_activations,
            usage: self.usage,
            limit_usage: self.limit_usage,
            validations: self.validations,
            last_validated_at: self.last_validated_at,
            expires_at: self.expires_at,
            created_at: self.created_at,
            modified_at: self.modified_at,
            activations: Vec::new(),
        }
    }

    /// The live activation with this id.
    pub fn activation(&self, id: Uuid) -> Option<&Activation> {
        self.activations
            .iter()
            .find(|activation| activation.id == id)
    }
}

/// An activation of a license key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Activation {
    /// Its id; generated if left out.
    #[serde(default = "new_uuid")]
    #[schemars(default)]
    pub id: Uuid,
    /// What was activated, in the words of whoever did it.
    pub label: String,
    /// What a validation has to give again, to the letter.
    #[serde(default)]
    pub conditions: Metadata,
    /// What is kept with it.
    #[serde(default)]
    pub meta: Metadata,
    /// When it was created.
    #[serde(default)]
    pub created_at: Timestamp,
    /// When it last changed.
    #[serde(default)]
    pub modified_at: Option<Timestamp>,
}

/// A session of the customer portal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CustomerSession {
    /// Its id; generated if left out.
    #[serde(default = "new_uuid")]
    #[schemars(default)]
    pub id: Uuid,
    /// What is sent behind `Bearer`.
    pub token: String,
    /// Whose session it is.
    pub customer_id: Uuid,
    /// Which member's session it is; the owner's where left out in an organization with members.
    #[serde(default)]
    pub member_id: Option<Uuid>,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// Names and single values: metadata of an object, or the conditions of an activation. Kept as the database keeps it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Metadata(pub Dict);

impl Serialize for Metadata {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize_dict(&self.0, serializer)
    }
}

/// Writes an object as the API does: numbers of any size, floats in pydantic's spelling.
pub(crate) fn serialize_dict<S: Serializer>(dict: &Dict, serializer: S) -> Result<S::Ok, S::Error> {
    use serde::ser::SerializeMap;
    let mut map = serializer.serialize_map(Some(dict.len()))?;
    for (name, value) in dict.iter() {
        match value {
            Value::Str(text) => map.serialize_entry(name, text)?,
            Value::Bool(flag) => map.serialize_entry(name, flag)?,
            Value::Int(number) => map.serialize_entry(name, number)?,
            Value::Float(number) => map.serialize_entry(name, number)?,
            Value::BigInt(number) => {
                let raw =
                    RawValue::from_string(number.to_string()).map_err(serde::ser::Error::custom)?;
                map.serialize_entry(name, &raw)?;
            }
            Value::Null | Value::BrokenStr | Value::List(_) | Value::Dict(_) => {
                return Err(serde::ser::Error::custom(
                    "metadata holds single values only",
                ));
            }
        }
    }
    map.end()
}

impl<'de> Deserialize<'de> for Metadata {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        match parse(raw.get().as_bytes()) {
            Ok(Value::Dict(dict)) => jsonb::stored(&dict)
                .map(Self)
                .ok_or_else(|| de::Error::custom("a number is not finite")),
            _ => Err(de::Error::custom("not an object")),
        }
    }
}

impl JsonSchema for Metadata {
    fn schema_name() -> Cow<'static, str> {
        "Metadata".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "object",
            "description": "Names and single values.",
            "additionalProperties": {
                "anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "number"}, {"type": "boolean"}]
            }
        })
    }
}

fn yes() -> bool {
    true
}

fn public() -> String {
    "public".into()
}

fn owner() -> String {
    "owner".into()
}

impl Row for Organization {
    fn id(&self) -> Uuid {
        self.id
    }
}

impl Row for Customer {
    fn id(&self) -> Uuid {
        self.id
    }
}

impl Row for Member {
    fn id(&self) -> Uuid {
        self.id
    }
}

impl Row for Benefit {
    fn id(&self) -> Uuid {
        self.id
    }
}
