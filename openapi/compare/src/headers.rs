//! Compares the headers of answers. They are written like parameters, but any answer may have others.

use crate::catalogue::MessageRule;
use crate::comparer::{Comparer, Here};
use crate::{
    pairs::{Difference, PairId},
    place::Place,
    sets::Side,
};

/// A header by its name in lower case.
type Header<'d> = (String, Place<'d>);

impl<'d> Comparer<'d> {
    pub(crate) fn headers(
        &mut self,
        old: &Place<'d>,
        new: &Place<'d>,
        here: &Here,
        roots: &mut Vec<PairId>,
    ) {
        let mut before = self.listed(Side::Old, old);
        let mut fresh = Vec::new();
        for (name, header) in self.listed(Side::New, new) {
            match before.iter().position(|(known, _)| *known == name) {
                Some(twin) => {
                    let (_, twin) = before.remove(twin);
                    self.header(&twin, (&name, &header), here, roots);
                }
                None => fresh.push((name, header)),
            }
        }
        if let ([(was, old)], [(name, new)]) = (&before[..], &fresh[..])
            && old.flag("required") == new.flag("required")
            && self.alike(old, new)
        {
            let rules = [
                MessageRule::RequiredHeaderRenamed,
                MessageRule::HeaderRenamed,
            ];
            let message = format!("header `{was}` is called `{name}` now");
            self.about_header(here, rules, new, message);
            return;
        }
        for (name, header) in &before {
            let rules = [
                MessageRule::RequiredHeaderRemoved,
                MessageRule::HeaderRemoved,
            ];
            self.about_header(here, rules, header, format!("header `{name}` is gone"));
        }
        for (name, header) in &fresh {
            let rules = [MessageRule::RequiredHeaderAdded, MessageRule::HeaderAdded];
            self.about_header(here, rules, header, format!("header `{name}` is new"));
        }
    }

    fn listed(&self, side: Side, holder: &Place<'d>) -> Vec<Header<'d>> {
        let headers = holder.map("headers").into_iter();
        let document = self.schemas.sets.document(side);
        let named = headers.map(|(name, place)| (name.to_lowercase(), document.follow(&place)));
        // The media type of an answer is said by its content.
        named.filter(|(name, _)| name != "content-type").collect()
    }

    fn header(
        &mut self,
        old: &Place<'d>,
        (name, new): (&str, &Place<'d>),
        here: &Here,
        roots: &mut Vec<PairId>,
    ) {
        let flow = here.answered();
        let marks = [
            (
                "required",
                [
                    MessageRule::HeaderBecameRequired,
                    MessageRule::HeaderBecameOptional,
                ],
            ),
            (
                "deprecated",
                [MessageRule::HeaderDeprecated, MessageRule::HeaderReinstated],
            ),
        ];
        for (key, [set, lifted]) in marks {
            if old.flag(key) != new.flag(key) {
                let (rule, not) = if new.flag(key) {
                    (set, "")
                } else {
                    (lifted, "not ")
                };
                let message = format!("header `{name}` is {not}{key} now");
                self.about_header(here, [rule, rule], new, message);
            }
        }
        self.parameter_words(old, new, here, flow);
        if self.value(old, new, roots).is_none() {
            let rule = MessageRule::HeaderSerialisationChanged;
            let message = format!("header `{name}` is written differently");
            self.about_header(here, [rule, rule], new, message);
        }
    }

    /// `rules`: when it is required, and when it is not.
    fn about_header(
        &mut self,
        here: &Here,
        rules: [MessageRule; 2],
        header: &Place<'d>,
        message: String,
    ) {
        let rule = rules[usize::from(!header.flag("required"))];
        let location = header.at.to_string();
        let difference = Difference::new(rule, location, message);
        self.message_changed(here, here.answered(), difference);
    }
}
