//! The headers of answers side by side. They travel the way parameters do, but any answer may have others.

use super::{
    Comparer, Here,
    pairs::{Difference, PairId},
    place::Place,
    sets::Side,
};

/// A header by its name in lower case.
type Header<'d> = (String, Place<'d>);

impl<'d> Comparer<'d> {
    pub(super) fn headers(
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
            let rules = ["required-header-renamed", "header-renamed"];
            let message = format!("header `{was}` is called `{name}` now");
            self.about_header(here, rules, new, message);
            return;
        }
        for (name, header) in &before {
            let rules = ["required-header-removed", "header-removed"];
            self.about_header(here, rules, header, format!("header `{name}` is gone"));
        }
        for (name, header) in &fresh {
            let rules = ["required-header-added", "header-added"];
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
                ["header-became-required", "header-became-optional"],
            ),
            ("deprecated", ["header-deprecated", "header-reinstated"]),
        ];
        for (key, [set, lifted]) in marks {
            if old.flag(key) != new.flag(key) {
                let (stem, not) = if new.flag(key) {
                    (set, "")
                } else {
                    (lifted, "not ")
                };
                let message = format!("header `{name}` is {not}{key} now");
                self.about_header(here, [stem, stem], new, message);
            }
        }
        self.parameter_words(old, new, here, flow);
        if self.value(old, new, roots).is_none() {
            let stem = "header-serialisation-changed";
            let message = format!("header `{name}` is written in another way");
            self.about_header(here, [stem, stem], new, message);
        }
    }

    /// `rules`: when it is required, and when it is not.
    fn about_header(
        &mut self,
        here: &Here,
        rules: [&'static str; 2],
        header: &Place<'d>,
        message: String,
    ) {
        let stem = rules[usize::from(!header.flag("required"))];
        let location = header.at.to_string();
        let difference = Difference {
            stem,
            location,
            message,
        };
        self.travels(here, here.answered(), difference);
    }
}
