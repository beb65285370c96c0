//! Aligned columns without lines around them, as wide as the terminal at most.

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use textwrap::core::display_width;

use super::wrap::{longest_word, wrap_painted};

/// Blanks before the first column, and between columns.
const GAP: usize = 2;

/// The last column is not made narrower than this before the others have given way to it.
const NARROWEST_LAST: usize = 24;

/// A table without borders, two blanks between columns; the columns named in `right` are aligned to the right. What does
/// not fit into `width` columns goes on below, in its own column. Words are never broken, so that what has too long
/// ones sticks out.
pub fn table(rows: &[Vec<String>], right: &[usize], width: usize) -> String {
    table_rows(rows, right, width).join("\n")
}

/// The rows of such a table, of one or several lines each.
pub fn table_rows(rows: &[Vec<String>], right: &[usize], width: usize) -> Vec<String> {
    let widths = widths(rows, width);
    let folded: Vec<Vec<String>> = rows
        .iter()
        .map(|row| row.iter().zip(&widths).map(|(cell, &width)| wrap_painted(cell, width).join("\n")).collect())
        .collect();
    let heights = folded.iter().map(|row: &Vec<String>| row.iter().map(|cell| cell.split('\n').count()).max());
    let heights: Vec<usize> = heights.map(|height| height.unwrap_or(1)).collect();
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled).add_rows(folded);
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding((if index == 0 { 2 } else { 0 }, 2));
        if right.contains(&index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let text = table.trim_fmt();
    let mut lines = text.lines();
    heights.into_iter().map(|height| lines.by_ref().take(height).collect::<Vec<_>>().join("\n")).collect()
}

/// How wide each column may be: as wide as its widest cell, but where that is too much for all of them, the last gives
/// way first, then those before it, as far as their words allow. Where even that is not enough, as in a table of
/// numbers, folding would spoil the table and win nothing: only the last column gives way.
fn widths(rows: &[Vec<String>], width: usize) -> Vec<usize> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widest = |column: usize, of: fn(&str) -> usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| of(cell)).max().unwrap_or(0)
    };
    let natural: Vec<usize> = (0..columns).map(|column| widest(column, display_width)).collect();
    let narrowest: Vec<usize> = (0..columns).map(|column| widest(column, longest_word)).collect();
    let with_gaps = |widths: &[usize]| widths.iter().map(|width| width + GAP).sum::<usize>();
    let mut too_much = with_gaps(&natural).saturating_sub(width);
    let can_fit = with_gaps(&narrowest) <= width;
    let mut widths = natural;
    let mut give = |column: usize, least: usize| {
        let Some(wide) = widths.get_mut(column) else { return };
        let given = wide.saturating_sub(least).min(too_much);
        *wide -= given;
        too_much -= given;
    };
    let mut from_last = narrowest.iter().copied().enumerate().rev();
    let last = from_last.next();
    last.into_iter().for_each(|(column, least)| give(column, least.max(NARROWEST_LAST)));
    if can_fit {
        from_last.chain(last).for_each(|(column, least)| give(column, least));
    }
    widths
}

#[cfg(test)]
mod tests {
    use super::{table, table_rows};

    fn row(cells: &[&str]) -> Vec<String> {
        cells.iter().map(|&cell| cell.to_owned()).collect()
    }

    #[test]
    fn a_long_value_goes_on_under_its_column() {
        let rows = [row(&["read", "1 several times alike, 2 once"]), row(&["kind", "romfs"])];
        assert_eq!(table(&rows, &[], 34), "  read  1 several times alike, 2\n        once\n  kind  romfs");
        assert_eq!(table(&rows, &[], 100), "  read  1 several times alike, 2 once\n  kind  romfs");
    }

    #[test]
    fn each_row_has_all_its_lines() {
        let rows = [row(&["a", "what is long goes on below"]), row(&["b", "short"])];
        assert_eq!(table_rows(&rows, &[], 30), ["  a  what is long goes on\n     below", "  b  short"]);
    }

    #[test]
    fn where_the_last_column_is_narrow_the_one_before_it_gives_way() {
        let rows = [row(&["a b c d e f", "01234567890123456789", "x"])];
        assert_eq!(table(&rows, &[], 34), "  a b c d  01234567890123456789  x\n  e f");
    }

    #[test]
    fn colour_starts_and_ends_on_each_line() {
        let rows = [row(&["a", "\x1B[31mwhat is long goes on below\x1B[0m"])];
        assert_eq!(table(&rows, &[], 30), "  a  \x1B[31mwhat is long goes on\x1B[0m\n     \x1B[31mbelow\x1B[0m");
    }
}
