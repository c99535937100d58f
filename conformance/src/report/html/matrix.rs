//! The parity matrix.

use maud::{Markup, html};

use crate::report::behaviour::Behaviour;
use crate::report::overview::{Cell, Overview, Parity, Row};

/// The section.
pub(super) fn matrix(overview: &Overview) -> Markup {
    let mut group = "";
    html! {
        section #matrix {
            h2 { "Parity" }
            p.lead {
                "Each operation by behaviour: same as expected, different, or not tried in this run. "
                "Select a cell for details."
            }
            p.legend {
                span.chip.same { "✓ same" } " " span.chip.differs { "✗ differs" } " " span.chip.not-tried { "○ not tried" }
                " " span.dim { "empty: does not apply" }
            }
            div.scroll tabindex="0" role="region" aria-label="Parity matrix" {
                table.matrix {
                    thead {
                        tr {
                            th.corner scope="col" { "Operation" }
                            @for behaviour in Behaviour::ALL { th.turned scope="col" { span { (behaviour.title()) } } }
                            th.turned scope="col" { span { "last on a real server" } }
                        }
                    }
                    tbody {
                        @for row in &overview.matrix {
                            @if row.group != group {
                                @let columns = Behaviour::ALL.len() + 2;
                                tr.group { td colspan=(columns) { span { ({ group = row.group; group }) } } }
                            }
                            (line(row))
                        }
                    }
                }
            }
            div #cell role="status" { p.dim { "No cell is selected." } }
        }
    }
}

fn line(row: &Row) -> Markup {
    let real = row
        .cells
        .iter()
        .filter_map(|cell| cell.recorded)
        .filter(|verified| verified.at != "mock")
        .max();
    html! {
        tr {
            th scope="row" { (breakable(row.operation)) span.route { (row.route) } }
            @for behaviour in Behaviour::ALL {
                @match row.cells.iter().find(|cell| cell.behaviour == behaviour) {
                    Some(cell) => (square(row, cell)),
                    None => td {},
                }
            }
            td.when { @if let Some(real) = real { span title=(real.at) { (real.date) } } @else { "–" } }
        }
    }
}

/// An operation's id that may be broken after each part.
fn breakable(operation: &str) -> Markup {
    html! {
        code { @for part in operation.split_inclusive([':', '_', '-']) { (part) wbr; } }
    }
}

fn square(row: &Row, cell: &Cell) -> Markup {
    let (class, sign, word) = match cell.parity {
        Parity::Same => ("same", "✓", "same"),
        Parity::Differs => ("differs", "✗", "differs"),
        Parity::NotTried => ("not-tried", "○", "not tried"),
    };
    let title = cell.behaviour.title();
    html! {
        td class=(class) {
            button type="button" title=(more(cell)) data-operation=(row.operation) data-behaviour=(title) data-parity=(word)
                data-more=(more(cell)) aria-label=(format!("{}, {title}: {word}", row.operation)) { (sign) }
        }
    }
}

/// What the cell tells when it is chosen.
fn more(cell: &Cell) -> String {
    let mut lines = Vec::new();
    match (cell.same, cell.differs.len()) {
        (0, 0) => lines.push("Not tried in this run.".to_owned()),
        (same, 0) => lines.push(format!("As expected in {same} items of this run.")),
        (same, differs) => {
            lines.push(format!(
                "Differs in {differs} items, as expected in {same}."
            ));
            lines.extend(cell.differs.iter().map(|name| format!("✗ {name}")));
        }
    }
    match &cell.verified {
        Some(verified) => lines.push(format!(
            "Last verified on {} at {}.",
            verified.date, verified.at
        )),
        None => lines.push("Never verified.".to_owned()),
    }
    if let Some(recorded) = cell
        .recorded
        .filter(|recorded| Some(*recorded) != cell.verified.as_ref())
    {
        lines.push(format!(
            "Recorded on {} from {}.",
            recorded.date, recorded.at
        ));
    }
    lines.join("\n")
}
