//! The imports of a crate as graphs, one for each folder, and the circles in them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::crates::{Crate, Name};

/// For each module of a folder the ones that it imports, each with one place where it does.
type Graph = BTreeMap<String, BTreeMap<String, String>>;

/// The circles of a crate, each told once.
pub fn circles(all: &Crate) -> BTreeSet<String> {
    let mut graphs: BTreeMap<Name, Graph> = BTreeMap::new();
    for (at, path) in imports(all) {
        let from = &all.modules[at].owner;
        let Some(way) = all.way(at, path) else {
            continue;
        };
        let passed = way.passed.iter().map(|it| &all.modules[it].owner);
        // A folder that passes on what its children have is no stop on the way between them.
        let passed = passed.filter(|it| !from.starts_with(it));
        for to in passed.chain([&all.modules[&way.end].owner]) {
            if to == from {
                continue;
            }
            let shared = from.iter().zip(to).take_while(|(a, b)| a == b).count();
            let node = |name: &Name| match name.get(shared) {
                Some(_) => name[..=shared].join("/"),
                None => all.modules[name].file.display().to_string(),
            };
            let graph = graphs.entry(from[..shared].to_vec()).or_default();
            let place = graph.entry(node(from)).or_default().entry(node(to));
            place.or_insert_with(|| all.place(at, path));
        }
    }
    graphs.values().flat_map(circles_of).collect()
}

/// Every path that imports something, with the module it is written in. A `use` of a module's own children is left out where
/// its code does not use the name: it only passes it on.
fn imports(all: &Crate) -> impl Iterator<Item = (&Name, &Name)> {
    all.modules.iter().flat_map(|(name, module)| {
        let is_below = |path: &Name| {
            let way = all.way(name, path);
            way.is_some_and(|way| all.modules[&way.end].owner.starts_with(&module.owner))
        };
        let used = module.imports.iter();
        let used = used.filter(move |(word, path)| module.words.contains(*word) || !is_below(path));
        let globs = module.globs.iter().filter(move |path| !is_below(path));
        let paths = used.map(|(_, path)| path).chain(globs).chain(&module.paths);
        paths.map(move |path| (name, path))
    })
}

/// For each import of a graph the shortest way back, if there is one.
fn circles_of(graph: &Graph) -> BTreeSet<String> {
    let mut circles = BTreeSet::new();
    for (from, targets) in graph {
        for to in targets.keys() {
            if let Some(mut circle) = way_between(graph, to, from) {
                let least = (0..circle.len()).min_by_key(|&at| circle[at]);
                circle.rotate_left(least.unwrap_or_default());
                circles.insert(told(graph, &circle));
            }
        }
    }
    circles
}

fn told(graph: &Graph, circle: &[&str]) -> String {
    let next = circle.iter().cycle().skip(1);
    let places = circle
        .iter()
        .zip(next)
        .map(|(from, to)| graph[*from][*to].as_str());
    let places: Vec<_> = places.collect();
    format!(
        "{} -> {}: {}",
        circle.join(" -> "),
        circle[0],
        places.join(", ")
    )
}

/// The shortest way from one module to another, both included.
fn way_between<'g>(graph: &'g Graph, from: &'g str, to: &str) -> Option<Vec<&'g str>> {
    let mut before: BTreeMap<&str, &str> = BTreeMap::new();
    let mut queue = VecDeque::from([from]);
    while let Some(at) = queue.pop_front() {
        if at == to {
            let mut way = vec![at];
            while way[way.len() - 1] != from {
                way.push(before[way[way.len() - 1]]);
            }
            way.reverse();
            return Some(way);
        }
        for next in graph.get(at).into_iter().flat_map(BTreeMap::keys) {
            if next != from && !before.contains_key(next.as_str()) {
                before.insert(next, at);
                queue.push_back(next);
            }
        }
    }
    None
}
