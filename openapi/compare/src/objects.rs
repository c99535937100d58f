//! What differs between two objects.

use std::{collections::BTreeSet, rc::Rc};

use crate::catalogue::{Effect, MessageRule};
use crate::{
    facets::{Facet, Facets, MAX_PROPERTIES, MIN_PROPERTIES},
    pairs::{Difference, Edge, NAMES, Pair},
    schemas::Schemas,
    shape::{Atom, NodeId, Objects, Property, Said},
};

impl<'d> Schemas<'d> {
    pub(crate) fn objects(
        &mut self,
        (old, before): (&Atom<'d>, &Objects),
        (new, after): (&Atom<'d>, &Objects),
        pair: &mut Pair,
    ) {
        let here = self.locate(&old.trail, &new.trail, None, None);
        if before.values.is_some() || after.values.is_some() {
            let values = |objects: &Objects| objects.values.as_ref().map(|said| said.value.clone());
            let (values, others) = (values(before), values(after));
            let within = |one: &Option<BTreeSet<String>>, other: &Option<BTreeSet<String>>| match (
                one, other,
            ) {
                (_, None) => true,
                (None, Some(_)) => false,
                (Some(one), Some(other)) => one.is_subset(other),
            };
            let rule = match (within(&values, &others), within(&others, &values)) {
                (true, true) => None,
                (true, false) => Some(MessageRule::EnumValueAdded),
                (false, true) => Some(MessageRule::EnumValueRemoved),
                (false, false) => Some(MessageRule::EnumValuesChanged),
            };
            let message = "the list of allowed objects changed".to_owned();
            let location = here.clone();
            pair.differences
                .extend(rule.map(|rule| Difference::new(rule, location, message)));
        }
        let mut gone = Vec::new();
        let mut come = Vec::new();
        for (name, property) in &before.properties {
            match after.properties.get(name) {
                Some(twin) => {
                    if property.required != twin.required {
                        let (rule, message) = if twin.required {
                            (
                                MessageRule::PropertyBecameRequired,
                                format!("property `{name}` is required now"),
                            )
                        } else {
                            (
                                MessageRule::PropertyBecameOptional,
                                format!("property `{name}` may be left out now"),
                            )
                        };
                        let location = twin.at.to_string();
                        pair.differences
                            .push(Difference::new(rule, location, message));
                    }
                    let to = self.compare(property.node, twin.node);
                    pair.edges.extend(to.map(Edge::To));
                }
                None => gone.push((name, property)),
            }
        }
        come.extend(
            after
                .properties
                .iter()
                .filter(|(name, _)| !before.properties.contains_key(*name)),
        );
        if !self.renamed((before, &gone), (after, &come), pair) {
            for (name, property) in gone {
                let other = self.sets.property(after, name);
                let rule = self.lone_property(property, other, true);
                let message = format!("property `{name}` is gone");
                let location = property.at.to_string();
                pair.differences
                    .extend(rule.map(|rule| Difference::new(rule, location, message)));
            }
            for (name, property) in come {
                let other = self.sets.property(before, name);
                let rule = self.lone_property(property, other, false);
                let need = if property.required { "required " } else { "" };
                let message = format!("{need}property `{name}` is new");
                let location = property.at.to_string();
                pair.differences
                    .extend(rule.map(|rule| Difference::new(rule, location, message)));
            }
        }
        self.undeclared((old, before), (new, after), pair);
        self.sizes(&here, before, after, pair);
    }

    /// A property that only one of them declares. `other` is what the other one allows for it.
    pub(crate) fn lone_property(
        &mut self,
        property: &Property,
        other: NodeId,
        gone: bool,
    ) -> Option<MessageRule> {
        let required = property.required;
        if self.sets.is_any(other) {
            if self.sets.is_never(property.node) {
                return Some(if gone {
                    MessageRule::PropertyAdmitted
                } else {
                    MessageRule::PropertyForbidden
                });
            }
            return Some(match (gone, required) {
                (true, true) => MessageRule::RequiredPropertyRemoved,
                (true, false) => MessageRule::PropertyRemoved,
                (false, true) => MessageRule::RequiredPropertyAdded,
                (false, false) => MessageRule::PropertyAdded,
            });
        }
        if self.sets.is_never(other) {
            return Some(match (gone, required) {
                (true, true) => MessageRule::RequiredPropertyExpelled,
                (true, false) => MessageRule::PropertyForbidden,
                (false, true) => MessageRule::RequiredPropertyAdmitted,
                (false, false) => MessageRule::PropertyAdmitted,
            });
        }
        let (inside, outside) = (
            self.sets.within(property.node, other),
            self.sets.within(other, property.node),
        );
        let (narrows, widens) = if gone {
            (!inside, !outside || required)
        } else {
            (!outside || required, !inside)
        };
        Some(match Effect::of(narrows, widens) {
            Effect::Narrows => MessageRule::PropertyRestricted,
            Effect::Widens => MessageRule::PropertyRelaxed,
            Effect::Moves => MessageRule::PropertyRedefined,
            _ if gone => MessageRule::PropertyRemoved,
            _ => MessageRule::PropertyAdded,
        })
    }

    /// One property gone, another of the same schema new: renamed.
    pub(crate) fn renamed(
        &mut self,
        (before, gone): (&Objects, &[(&String, &Property)]),
        (after, come): (&Objects, &[(&String, &Property)]),
        pair: &mut Pair,
    ) -> bool {
        let ([(old_name, old)], [(new_name, new)]) = (gone, come) else {
            return false;
        };
        let alike = old.required == new.required
            && !self.sets.parts(old.node).is_empty()
            && !self.sets.parts(new.node).is_empty()
            && self.sets.within(old.node, new.node)
            && self.sets.within(new.node, old.node);
        if !alike {
            return false;
        }
        let open = [before.rest, after.rest].map(|rest| self.sets.is_any(rest));
        let closed = [before.rest, after.rest].map(|rest| self.sets.is_never(rest));
        let rule = match (open, closed, new.required) {
            ([true, true], _, true) => MessageRule::RequiredPropertyRenamed,
            ([true, true], _, false) => MessageRule::PropertyRenamed,
            (_, [true, true], _) => MessageRule::PropertyRenamedWhenClosed,
            _ => return false,
        };
        let message = format!("property `{old_name}` is called `{new_name}` now");
        pair.differences
            .push(Difference::new(rule, new.at.to_string(), message));
        true
    }

    /// Properties that are not declared: their values and their names.
    pub(crate) fn undeclared(
        &mut self,
        (old, before): (&Atom<'d>, &Objects),
        (new, after): (&Atom<'d>, &Objects),
        pair: &mut Pair,
    ) {
        let any = [before.rest, after.rest].map(|rest| self.sets.is_any(rest));
        let never = [before.rest, after.rest].map(|rest| self.sets.is_never(rest));
        let rule = match (any, never) {
            (_, [true, true]) => None,
            // They may still differ in words.
            ([true, true], _) => {
                let to = self.compare(before.rest, after.rest);
                pair.edges.extend(to.map(Edge::To));
                None
            }
            (_, [true, false]) => {
                Some((MessageRule::AdditionalPropertiesAllowed, "are allowed now"))
            }
            (_, [false, true]) => Some((
                MessageRule::AdditionalPropertiesForbidden,
                "are refused now",
            )),
            ([true, false], _) => Some((
                MessageRule::AdditionalPropertiesRestricted,
                "must fit a schema now",
            )),
            ([false, true], _) => Some((
                MessageRule::AdditionalPropertiesUnrestricted,
                "may be anything now",
            )),
            _ => {
                let to = self.compare(before.rest, after.rest);
                pair.edges.extend(to.map(Edge::To));
                None
            }
        };
        if let Some((rule, what)) = rule {
            let at = (before.rest_at.as_ref(), after.rest_at.as_ref());
            let location = self.locate(&old.trail, &new.trail, at.0, at.1);
            let message = format!("undeclared properties {what}");
            pair.differences
                .push(Difference::new(rule, location, message));
        }
        let patterns: BTreeSet<&String> = before
            .patterns
            .keys()
            .chain(after.patterns.keys())
            .collect();
        for pattern in patterns {
            let here = self.locate(&old.trail, &new.trail, None, None);
            let optional = |node: NodeId| Property {
                node,
                required: false,
                at: Rc::from(here.as_str()),
            };
            let message = |what: &str| format!("properties like `{pattern}` are {what}");
            let (rule, message) = match (before.patterns.get(pattern), after.patterns.get(pattern))
            {
                (Some(node), Some(twin)) => {
                    let to = self.compare(*node, *twin);
                    pair.edges.extend(to.map(Edge::To));
                    continue;
                }
                (Some(node), None) => (
                    self.lone_property(&optional(*node), after.rest, true),
                    message("not declared any more"),
                ),
                (None, Some(node)) => (
                    self.lone_property(&optional(*node), before.rest, false),
                    message("declared now"),
                ),
                (None, None) => continue,
            };
            pair.differences
                .extend(rule.map(|rule| Difference::new(rule, here.clone(), message)));
        }
        let nameless = |objects: &Objects, never: bool| never && objects.patterns.is_empty();
        if !(nameless(before, never[0]) && nameless(after, never[1]))
            && let Some(to) = self.compare(before.names, after.names)
        {
            let at = (before.names_at.as_ref(), after.names_at.as_ref());
            let location = self.locate(&old.trail, &new.trail, at.0, at.1);
            let message = "other names of properties are allowed".to_owned();
            pair.edges.push(Edge::Summed {
                to,
                rules: &NAMES,
                swapped: false,
                unless_single: false,
                location,
                message,
            });
        }
    }

    /// How many properties there may be, and which require others.
    pub(crate) fn sizes(&mut self, here: &str, old: &Objects, new: &Objects, pair: &mut Pair) {
        let required = |objects: &Objects| {
            objects
                .properties
                .values()
                .filter(|property| property.required)
                .count() as u64
        };
        // What is required must be there; a count that asks for no more says nothing.
        let least = required(old).max(required(new));
        let speaks = |said: &Option<Said<u64>>| said.clone().filter(|said| said.value > least);
        let mut facets = Facets {
            found: Vec::new(),
            of_list: false,
        };
        facets.counts(&speaks(&old.fewest), &speaks(&new.fewest), &MIN_PROPERTIES);
        facets.counts(&old.most, &new.most, &MAX_PROPERTIES);
        for facet in facets.found {
            let Facet { rule, message, .. } = facet;
            pair.differences
                .push(Difference::new(rule, here.to_owned(), message));
        }
        let demands = |one: &Objects, other: &Objects| {
            one.dependents.iter().any(|(name, said)| {
                let known = other.dependents.get(name).map(|known| &known.value);
                said.value.iter().any(|demanded| {
                    let always = other
                        .properties
                        .get(demanded)
                        .is_some_and(|property| property.required);
                    !always && !known.is_some_and(|known| known.contains(demanded))
                })
            })
        };
        let rule = match (demands(new, old), demands(old, new)) {
            (false, false) => return,
            (true, false) => MessageRule::DependentRequiredAdded,
            (false, true) => MessageRule::DependentRequiredRemoved,
            (true, true) => MessageRule::DependentRequiredChanged,
        };
        let message = "the properties that require others changed".to_owned();
        pair.differences
            .push(Difference::new(rule, here.to_owned(), message));
    }
}
