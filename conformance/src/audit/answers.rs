//! Corrupted answers.

use serde_json::json;

use crate::json::{Object, Style, Value, parse, write};
use crate::wire::Answer;

/// A change to the answers of an operation.
#[derive(Debug, Clone)]
pub(super) struct AnswerEdit {
    /// The status; any success if `None`.
    pub(super) status: Option<u16>,
    /// The `detail` that the answer must have.
    pub(super) detail: Option<String>,
    pub(super) change: Change,
}

#[derive(Debug, Clone)]
pub(super) enum Change {
    /// A place in the body; `[]` stands for every item of a list.
    Field(Vec<String>, FieldEdit),
    Status(u16),
    Header(&'static str, Option<&'static str>),
}

#[derive(Debug, Clone)]
pub(super) enum FieldEdit {
    Drop,
    Null,
    Retype,
    Replace(&'static str),
    ReplaceWith(String),
    AddOne,
    Alter,
    Reverse,
    Pop,
    Insert,
}

impl AnswerEdit {
    /// The corrupted answer; `None` if this edit changes nothing.
    pub(super) fn apply(&self, answer: &Answer) -> Option<Answer> {
        let fits = match self.status {
            Some(status) => answer.status == status,
            None => (200..300).contains(&answer.status),
        };
        if !fits {
            return None;
        }
        let body = answer.text();
        let parsed = parse(&body).ok();
        if let Some(detail) = &self.detail
            && parsed
                .as_ref()
                .and_then(|body| body.get("detail"))
                .and_then(Value::as_str)
                != Some(detail)
        {
            return None;
        }
        let mut wrong = answer.clone();
        match &self.change {
            Change::Status(status) => wrong.status = *status,
            Change::Header(name, value) => {
                let before = wrong.headers.get(*name).cloned();
                match value {
                    Some(value) => {
                        wrong
                            .headers
                            .insert((*name).to_owned(), (*value).to_owned());
                    }
                    None => {
                        wrong.headers.shift_remove(*name);
                    }
                }
                if wrong.headers.get(*name) == before.as_ref() {
                    return None;
                }
            }
            Change::Field(path, edit) => {
                let before = parsed?;
                let style = if body.contains("\": ") {
                    Style::Spaced
                } else {
                    Style::Compact
                };
                let mut after = before.clone();
                edit_at(&mut after, path, edit);
                if after == before {
                    return None;
                }
                wrong.body = write(&after, style).into_bytes();
            }
        }
        Some(wrong)
    }
}

fn edit_at(value: &mut Value, path: &[String], edit: &FieldEdit) {
    let Some((step, rest)) = path.split_first() else {
        edit_here(value, edit);
        return;
    };
    match value {
        Value::Array(items) if step == "[]" => {
            for item in items {
                edit_at(item, rest, edit);
            }
        }
        Value::Object(entries) => {
            if rest.is_empty() {
                match edit {
                    FieldEdit::Drop => {
                        entries.shift_remove(step);
                        return;
                    }
                    FieldEdit::Insert => {
                        entries.insert(step.clone(), Value::from("unexpected"));
                        return;
                    }
                    _ => {}
                }
            }
            if let Some(inner) = entries.get_mut(step) {
                edit_at(inner, rest, edit);
            }
        }
        _ => {}
    }
}

fn edit_here(value: &mut Value, edit: &FieldEdit) {
    match (edit, &mut *value) {
        (FieldEdit::Null, _) => *value = Value::Null,
        (FieldEdit::Retype, _) => *value = retyped(value),
        (FieldEdit::Replace(text), Value::String(_)) => *value = Value::from(*text),
        (FieldEdit::ReplaceWith(text), Value::String(_)) => *value = Value::from(text.as_str()),
        (FieldEdit::AddOne, Value::Number(number)) => {
            if let Ok(whole) = number.text().parse::<i64>() {
                *value = Value::from(&json!(whole + 1));
            }
        }
        (FieldEdit::Alter, Value::String(text)) => {
            // An id stays an id, a time stays a time.
            match text.pop() {
                Some('Z') => *text = moved(text),
                Some('0') => text.push('1'),
                Some(last) if last.is_ascii_hexdigit() => text.push('0'),
                Some(last) => {
                    text.push(last);
                    text.push('!');
                }
                None => text.push('!'),
            }
        }
        (FieldEdit::Alter, Value::Bool(flag)) => *flag = !*flag,
        (FieldEdit::Reverse, Value::Array(items)) => items.reverse(),
        (FieldEdit::Pop, Value::Array(items)) => {
            items.pop();
        }
        _ => {}
    }
}

/// A time one year later, without its `Z`.
fn moved(text: &str) -> String {
    let year = text.get(..4).and_then(|year| year.parse::<u32>().ok());
    match (year, text.get(4..)) {
        (Some(year), Some(rest)) => format!("{:04}{rest}Z", year + 1),
        _ => format!("{text}!"),
    }
}

fn retyped(value: &Value) -> Value {
    match value {
        Value::Null => Value::Bool(false),
        Value::Bool(flag) => Value::from(if *flag { "true" } else { "false" }),
        Value::Number(number) => Value::from(number.text()),
        Value::String(_) => Value::from(&json!(7)),
        Value::Array(_) => Value::Object(Object::new()),
        Value::Object(_) => Value::Array(Vec::new()),
    }
}
