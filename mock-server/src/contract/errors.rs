//! The items of a 422 (docs/behaviour.md#validation-errors): `type`, `loc`, `msg`, `input` and sometimes `ctx`, in this
//! order.

use std::borrow::Cow;

use crate::json::{Dict, Value, to_python_json};

/// A step of the path to an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LocPart {
    /// A name: `body`, a field, a key, a member of a union.
    Name(String),
    /// A place in a list, or an offset in the body.
    Index(usize),
}

impl From<&str> for LocPart {
    fn from(name: &str) -> Self {
        Self::Name(name.to_owned())
    }
}

/// One thing that is wrong with a request.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// pydantic's name for it.
    pub kind: &'static str,
    /// Where it is.
    pub loc: Vec<LocPart>,
    /// pydantic's message.
    pub msg: Cow<'static, str>,
    /// What was given there.
    pub input: Value,
    /// The values in the message.
    pub ctx: Option<Dict>,
}

impl Item {
    /// The item as a JSON value, keys in the order of the real server.
    fn to_value(&self) -> Value {
        let loc = self.loc.iter().map(|part| match part {
            LocPart::Name(name) => Value::Str(name.clone()),
            LocPart::Index(index) => Value::Int(*index as i64),
        });
        let mut dict = Dict::default();
        dict.push("type", Value::Str(self.kind.to_owned()));
        dict.push("loc", Value::List(loc.collect()));
        dict.push("msg", Value::Str(self.msg.clone().into_owned()));
        dict.push("input", self.input.clone());
        if let Some(ctx) = &self.ctx {
            dict.push("ctx", Value::Dict(ctx.clone()));
        }
        Value::Dict(dict)
    }
}

/// The body of a 422, or nothing where the real server fails to write it and answers 500
/// (docs/behaviour.md#server-errors).
pub fn render_detail(error: &str, items: &[Item]) -> Option<String> {
    let detail = Value::List(items.iter().map(Item::to_value).collect());
    if detail.is_unserialisable() {
        return None;
    }
    Some(format!(
        "{{\"error\":\"{error}\",\"detail\":{}}}",
        to_python_json(&detail)
    ))
}

/// What is wrong with a value; its place is added later.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fault {
    pub(super) kind: &'static str,
    pub(super) msg: Cow<'static, str>,
    pub(super) ctx: Option<Dict>,
}

impl Fault {
    pub(super) fn plain(kind: &'static str, msg: &'static str) -> Self {
        Self {
            kind,
            msg: Cow::Borrowed(msg),
            ctx: None,
        }
    }

    pub(super) fn with(kind: &'static str, msg: String, ctx: Vec<(&str, Value)>) -> Self {
        let ctx = ctx
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        Self {
            kind,
            msg: Cow::Owned(msg),
            ctx: Some(ctx),
        }
    }

    /// What pydantic says where Python's code raises a `ValueError`.
    pub(super) fn value_error(message: &str) -> Self {
        let ctx = vec![("error", Value::Dict(Dict::default()))];
        Self::with("value_error", format!("Value error, {message}"), ctx)
    }

    /// An error whose only context is the reason that ends its message.
    pub(super) fn because(kind: &'static str, msg: &str, reason: &str) -> Self {
        Self::with(
            kind,
            format!("{msg}, {reason}"),
            vec![("error", Value::Str(reason.to_owned()))],
        )
    }
}
