//! A model's card: the few parts of Markdown that it uses, as views. Text only ever becomes text.

use leptos::prelude::*;

/// A block of a card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// A heading and its depth.
    Head(usize, String),
    /// A paragraph.
    Text(String),
    /// Points of a list.
    List(Vec<String>),
    /// Rows of a table, the head first.
    Table(Vec<Vec<String>>),
    /// Text as it is.
    Code(String),
}

/// Reads the blocks.
pub fn blocks(text: &str) -> Vec<Block> {
    let mut out: Vec<Block> = Vec::new();
    let mut lines = text.lines();
    let mut fresh = true;
    while let Some(line) = lines.next() {
        let trimmed = line.trim();
        if trimmed.is_empty() {
            fresh = true;
            continue;
        }
        if trimmed.starts_with("```") {
            let code: Vec<&str> = lines.by_ref().take_while(|l| !l.trim().starts_with("```")).collect();
            out.push(Block::Code(code.join("\n")));
        } else if let Some(head) = trimmed.strip_prefix('#') {
            let depth = 1 + head.len() - head.trim_start_matches('#').len();
            out.push(Block::Head(depth, head.trim_start_matches('#').trim().to_owned()));
        } else if let Some(point) = trimmed.strip_prefix("- ").or_else(|| trimmed.strip_prefix("* ")) {
            match out.last_mut() {
                Some(Block::List(points)) => points.push(point.to_owned()),
                _ => out.push(Block::List(vec![point.to_owned()])),
            }
        } else if trimmed.starts_with('|') {
            let cells: Vec<String> =
                trimmed.trim_matches('|').split('|').map(|c| c.trim().to_owned()).collect();
            if cells.iter().all(|c| !c.is_empty() && c.chars().all(|c| c == '-' || c == ':')) {
                continue;
            }
            match out.last_mut() {
                Some(Block::Table(rows)) if !fresh => rows.push(cells),
                _ => out.push(Block::Table(vec![cells])),
            }
        } else {
            match out.last_mut() {
                Some(Block::Text(text)) if !fresh => *text = format!("{text} {trimmed}"),
                Some(Block::List(points)) if !fresh && line.starts_with(' ') => {
                    if let Some(last) = points.last_mut() {
                        *last = format!("{last} {trimmed}");
                    }
                }
                _ => out.push(Block::Text(trimmed.to_owned())),
            }
        }
        fresh = false;
    }
    out
}

/// Words between stars are strong, between backticks code.
fn inline(text: &str) -> AnyView {
    let mut parts = Vec::new();
    for (i, piece) in text.split('`').enumerate() {
        if i % 2 == 1 {
            parts.push(view! { <code>{piece.to_owned()}</code> }.into_any());
            continue;
        }
        for (j, plain) in piece.split("**").enumerate() {
            if j % 2 == 1 {
                parts.push(view! { <b>{plain.to_owned()}</b> }.into_any());
            } else if !plain.is_empty() {
                parts.push(plain.to_owned().into_any());
            }
        }
    }
    parts.into_any()
}

/// A card as views.
pub fn show(text: &str) -> AnyView {
    blocks(text)
        .into_iter()
        .map(|block| match block {
            Block::Head(1, text) => view! { <h3 class="big">{inline(&text)}</h3> }.into_any(),
            Block::Head(_, text) => view! { <h3>{inline(&text)}</h3> }.into_any(),
            Block::Text(text) => view! { <p>{inline(&text)}</p> }.into_any(),
            Block::List(points) => {
                view! { <ul>{points.iter().map(|p| view! { <li>{inline(p)}</li> }).collect_view()}</ul> }.into_any()
            }
            Block::Code(text) => view! { <pre>{text}</pre> }.into_any(),
            Block::Table(rows) => {
                let mut rows = rows.into_iter();
                let head = rows.next().unwrap_or_default();
                view! {
                    <div class="grid-box"><table class="grid">
                        <thead><tr>{head.iter().map(|c| view! { <th scope="col">{inline(c)}</th> }).collect_view()}</tr></thead>
                        <tbody>{rows.map(|r| view! { <tr>{r.iter().map(|c| view! { <td>{inline(c)}</td> }).collect_view()}</tr> }).collect_view()}</tbody>
                    </table></div>
                }
                .into_any()
            }
        })
        .collect_view()
        .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_has_blocks() {
        let card = "# Net\n\nOne line\nand another.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n- x\n  more\n- y\n\n```\n| no table |\n```\n## End";
        assert_eq!(
            blocks(card),
            [
                Block::Head(1, "Net".into()),
                Block::Text("One line and another.".into()),
                Block::Table(vec![vec!["a".into(), "b".into()], vec!["1".into(), "2".into()]]),
                Block::List(vec!["x more".into(), "y".into()]),
                Block::Code("| no table |".into()),
                Block::Head(2, "End".into()),
            ]
        );
    }
}
