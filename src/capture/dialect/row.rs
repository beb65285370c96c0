//! One row that may be damaged: `ADDRESS cells column`.
//!
//! Everything has its place. Cells count as long as each stands where it must, and only if what closes them (the column,
//! the middle gap of `hexdump`, the line's end) stands where it must as well: characters that were lost shift all that
//! follow.

use super::super::Dialect;
use super::super::line::{Column, LINE_BYTES, Order};
use super::super::unread::is_binary_row;
use super::head::{self, Anchor};
use super::shape::{Radix, Shape};
use super::{Family, column};

/// The last address at which a row fits.
const LAST_ADDRESS: u32 = 0xFFFF_FFF0;

/// The most characters that belong to a row: `xxd -g1`'s 67 and md's gap, and room for a column that got some more.
pub(super) const ROW_MAX_CHARS: usize = 96;

/// So many bytes must stand where they must for what stands before them to be an address.
const ROW_MIN_BYTES: usize = 4;

/// More cells than this whose digits are none make no row.
const UNREADABLE_MAX: u32 = 4;

/// A row as far as it could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Row {
    /// The order of its units is not in it.
    pub dialect: Dialect,
    pub address: u32,
    /// In the order of `order`; little-endian as long as that is open.
    pub bytes: [u8; LINE_BYTES],
    /// Bytes that are there; some of them may be unreadable.
    pub len: usize,
    /// Bytes that the row is meant to show.
    pub step: usize,
    /// A bit for each byte whose digits are none.
    pub unreadable: u16,
    pub unit_bytes: usize,
    pub order: Order,
    pub column: Column,
    /// Characters that belong to the row for sure.
    pub chars: usize,
}

impl Row {
    pub fn is_unreadable(&self, place: usize) -> bool {
        u32::try_from(place).ok().and_then(|place| self.unreadable.checked_shr(place)).is_some_and(|bits| bits & 1 == 1)
    }

    /// Whether nothing at all is wrong with it.
    pub fn is_whole(&self) -> bool {
        self.unreadable == 0 && self.len == self.step && self.column == Column::Agrees
    }
}

/// What stands at the start of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Read {
    Row(Row),
    /// A row, of which nothing is certain.
    Damaged(u32),
    /// An address and nothing else.
    End(u32),
    Foreign,
}

/// Reads the row that a line starts with. `hint` is the shape of the row before; `radix` how `od` writes offsets here.
/// `line` is cut at its end, `end` is the address on the next line if that holds nothing else.
pub(super) fn read(line: &[u8], hint: Option<Shape>, radix: Radix, end: Option<u32>) -> (Read, Option<Shape>) {
    let anchored = head::anchor(line).and_then(|anchor| Some((anchor, head::address(line, anchor, radix)?)));
    let Some((anchor, address)) = anchored else { return (Read::Foreign, None) };
    let one = |shape: Shape| (of_shape(shape, address, line, end), Some(shape));
    match anchor {
        Anchor::Hexdump => one(Shape::HEXDUMP),
        Anchor::Od { digits } => match head::od_cell_bytes(line, digits) {
            1 => one(Shape::od(digits, radix)),
            // numbers in a line are no row of units unless all of it is one
            cell_bytes => match one(Shape::od_units(digits, radix, cell_bytes)) {
                (Read::Damaged(_), shape) => (Read::Foreign, shape),
                read => read,
            },
        },
        Anchor::End { .. } => (Read::End(address), None),
        Anchor::Colon if is_binary_row(line) => (Read::Foreign, None),
        Anchor::Colon => colon(address, line, hint, end),
    }
}

/// Rows of `xxd` and `md` differ only in the gap before the column; the first cell's digits tell the size of all.
fn colon(address: u32, line: &[u8], hint: Option<Shape>, end: Option<u32>) -> (Read, Option<Shape>) {
    let first_cell =
        line.get(10..).map_or(0, |cells| cells.iter().take(33).take_while(|character| **character != b' ').count());
    let by_cell = match first_cell {
        2 | 4 | 8 | 16 | 32 => Some(first_cell / 2),
        _ => None,
    };
    // a row of less than one cell tells its size by where its column stands
    let is_short = line.get(10_usize.saturating_add(first_cell)..).is_some_and(|behind| behind.starts_with(b"  "));
    let hinted = hint.filter(|shape| shape.cells_at == 10 && !shape.has_middle);
    let sizes = [
        hinted.map(|shape| shape.cell_bytes),
        by_cell.filter(|size| hinted.is_none_or(|shape| shape.cell_bytes != *size)),
        Some(2).filter(|_| is_short),
        Some(4).filter(|_| is_short),
    ];
    let is_md_first = hinted.is_some_and(|shape| shape.dialect.family() == Family::UBoot);
    let mut best = (Read::Foreign, None);
    for size in sizes.into_iter().flatten() {
        let mut shapes = [Shape::xxd(size), Shape::md(size)];
        if is_md_first {
            shapes.reverse();
        }
        for shape in shapes.into_iter().filter(|shape| shape.cell_bytes <= 4 || shape.dialect == Dialect::Xxd) {
            match of_shape(shape, address, line, end) {
                Read::Row(row) if row.is_whole() => return (Read::Row(row), Some(shape)),
                read => {
                    if rank(&read) > rank(&best.0) {
                        best = (read, Some(shape));
                    }
                }
            }
        }
    }
    best
}

/// How much a reading says, to choose among several of one line.
fn rank(read: &Read) -> usize {
    match read {
        Read::Row(row) => match row.column {
            Column::Agrees => 5,
            Column::Contradicts { .. } => 4,
            Column::Absent => 3,
        },
        Read::End(_) => 2,
        Read::Damaged(_) => 1,
        Read::Foreign => 0,
    }
}

/// The cells of a row.
#[derive(Debug, Default)]
struct Cells {
    bytes: [u8; LINE_BYTES],
    /// Bytes whose cells stand where they must.
    len: usize,
    unreadable: u16,
    /// Where the last digit ends.
    end_at: usize,
    /// Of the last cell only the digits of some bytes are there, with blanks in front: as `xxd -e` prints it.
    is_little_endian: bool,
    end: CellsEnd,
}

/// What ends the cells.
#[derive(Debug, Default, PartialEq, Eq)]
enum CellsEnd {
    /// All are there.
    Full,
    /// Blanks up to the column, or the line's end.
    Padding,
    /// Something else.
    #[default]
    Broken,
}

fn cells(shape: &Shape, line: &[u8]) -> Cells {
    let mut cells = Cells { end_at: shape.address_chars, ..Cells::default() };
    let part = |from: usize, to: usize| line.get(from.min(line.len())..to.min(line.len())).unwrap_or_default();
    while cells.len < LINE_BYTES {
        let at = shape.cell_at(cells.len);
        let cell = part(at, at.saturating_add(shape.cell_chars()));
        if part(cells.end_at, at).iter().any(|character| *character != b' ') {
            return cells;
        }
        let digits = cell.trim_ascii();
        if digits.is_empty() {
            cells.end = CellsEnd::Padding;
            return cells;
        }
        if digits.len() < shape.cell_chars() {
            partial_cell(&mut cells, shape, at, cell, digits);
            return cells;
        }
        if digits.contains(&b' ') {
            return cells;
        }
        let behind = cells.len.saturating_add(shape.cell_bytes);
        let place = cells.bytes.get_mut(cells.len..behind).unwrap_or_default();
        if hex::decode_to_slice(digits, place).is_err() {
            place.fill(0);
            cells.unreadable |= (cells.len..behind).fold(0, |bits, place| bits | bit(place));
        } else {
            place.reverse();
        }
        cells.len = behind;
        cells.end_at = at.saturating_add(shape.cell_chars());
    }
    cells.end = CellsEnd::Full;
    cells
}

/// The last cell of a file whose length is no multiple of the cell's.
fn partial_cell(cells: &mut Cells, shape: &Shape, at: usize, cell: &[u8], digits: &[u8]) {
    let mut bytes = [0_u8; LINE_BYTES];
    let len = digits.len() / 2;
    let is_at_front = cell.starts_with(digits);
    let Some(place) = bytes.get_mut(..len) else { return };
    if shape.cell_bytes == 1 || hex::decode_to_slice(digits, place).is_err() || !(is_at_front || cell.ends_with(digits))
    {
        return;
    }
    if !is_at_front {
        place.reverse();
    }
    let behind = cells.len.saturating_add(len);
    if let Some(target) = cells.bytes.get_mut(cells.len..behind) {
        target.copy_from_slice(place);
    }
    cells.is_little_endian = !is_at_front;
    cells.len = behind;
    cells.end_at = at.saturating_add(if is_at_front { digits.len() } else { cell.len() });
    cells.end = CellsEnd::Padding;
}

fn bit(place: usize) -> u16 {
    u32::try_from(place).ok().and_then(|place| 1_u16.checked_shl(place)).unwrap_or(0)
}

fn of_shape(shape: Shape, address: u32, line: &[u8], end: Option<u32>) -> Read {
    let line = line.get(..ROW_MAX_CHARS.min(line.len())).unwrap_or_default();
    let cells = cells(&shape, line);
    let damaged = if cells.len >= ROW_MIN_BYTES { Read::Damaged(address) } else { Read::Foreign };
    if cells.unreadable.count_ones() > UNREADABLE_MAX.saturating_mul(u32::try_from(shape.cell_bytes).unwrap_or(1)) {
        return damaged;
    }
    if address > LAST_ADDRESS && cells.len == LINE_BYTES {
        return damaged;
    }
    let row = Row {
        dialect: shape.dialect,
        address,
        bytes: cells.bytes,
        len: cells.len,
        step: cells.len,
        unreadable: cells.unreadable,
        unit_bytes: shape.cell_bytes,
        order: if cells.is_little_endian { Order::LittleEndian } else { Order::Open },
        column: Column::Absent,
        chars: shape.cells_end(),
    };
    let row = if shape.has_padded_units() { without_padding(row, end) } else { row };
    let read = match cells.end {
        CellsEnd::Full => full(&shape, row, line),
        CellsEnd::Padding if cells.len > 0 => partial(&shape, row, cells.end_at, line, end),
        _ => None,
    };
    match read.or_else(|| first_half(&shape, cells, address, line)) {
        Some(row) => Read::Row(row),
        None => damaged,
    }
}

/// The last row of a file that ends within a unit: what is missing of it is shown as zeros. `end` tells how long it is.
fn without_padding(row: Row, end: Option<u32>) -> Row {
    let len = end.and_then(|end| usize::try_from(end.checked_sub(row.address)?).ok()).unwrap_or(row.len);
    let padding = row.bytes.get(len..row.len).unwrap_or_default();
    let is_padded = !padding.is_empty() && padding.len() < row.unit_bytes && padding.iter().all(|byte| *byte == 0);
    if is_padded { Row { len, step: len, ..row } } else { row }
}

/// A row with all its cells.
fn full(shape: &Shape, row: Row, line: &[u8]) -> Option<Row> {
    let behind = line.get(shape.cells_end()..).unwrap_or_default();
    let has_column = behind.len() >= shape.open.len().saturating_add(LINE_BYTES);
    if !has_column && behind.iter().all(|character| *character == b' ') {
        return Some(Row { chars: line.len(), ..row });
    }
    if let Some(column) = behind.strip_prefix(shape.open)
        && let Some(row) = with_column(shape, &row, column)
    {
        return Some(row);
    }
    // a row without a column, and the next one in the same line
    let next = behind.trim_ascii_start();
    let is_glued = next.len() < behind.len()
        && matches!(head::anchor(next), Some(Anchor::Colon | Anchor::Hexdump | Anchor::Od { .. }));
    is_glued.then_some(row)
}

/// A last row, which is shorter: the column must tell the same, or the next line.
fn partial(shape: &Shape, row: Row, cells_end: usize, line: &[u8], end: Option<u32>) -> Option<Row> {
    let is_blank = |text: &[u8]| text.iter().all(|character| *character == b' ');
    let is_of_blanks = row.bytes.iter().take(row.len).all(|byte| *byte == b' ');
    let has_blank_column = is_of_blanks && line.len() >= shape.column_at().saturating_add(row.len);
    if line.get(cells_end..).is_none_or(is_blank) && !has_blank_column {
        let own_end = u32::try_from(row.len).ok().and_then(|len| row.address.checked_add(len));
        let is_confirmed = end.is_some() && end == own_end && row.unreadable == 0;
        return is_confirmed.then_some(Row { chars: line.len(), ..row });
    }
    let open_at = shape.cells_end();
    let is_padded = line.get(cells_end..open_at).is_some_and(is_blank);
    let column = line.get(open_at..)?.strip_prefix(shape.open).filter(|_| is_padded)?;
    let row = with_column(shape, &row, column)?;
    // without something that closes it, a column that does not fit wholly proves nothing
    let is_closed = !shape.close.is_empty() && row.column != Column::Absent;
    (row.column == Column::Agrees || is_closed).then_some(row)
}

/// The row with what its column says, and its units in the order that the column fits better.
fn with_column(shape: &Shape, row: &Row, column: &[u8]) -> Option<Row> {
    let judged = |row: &Row| {
        let judged = column::judge(&row.bytes, row.len, row.unreadable, column, shape.close)?;
        Some(Row { column: judged.column, chars: shape.column_at().saturating_add(judged.chars), ..row.clone() })
    };
    if row.unit_bytes == 1 {
        return judged(row);
    }
    let swapped = swapped(row);
    let (little, big) = (judged(row), judged(&swapped));
    let fit = |read: &Option<Row>| match read.as_ref().map(|row| row.column) {
        Some(Column::Agrees) => 3,
        Some(Column::Contradicts { .. }) => 2,
        Some(Column::Absent) => 1,
        None => 0,
    };
    let is_settled = row.order == Order::LittleEndian;
    match fit(&little).cmp(&fit(&big)) {
        _ if is_settled => little,
        std::cmp::Ordering::Greater => little.map(|row| Row { order: Order::LittleEndian, ..row }),
        std::cmp::Ordering::Less => big.map(|row| Row { order: Order::Swapped, ..row }),
        std::cmp::Ordering::Equal => little,
    }
}

/// The row with the bytes of each unit the other way round. A unit that is there in part stays as it is.
fn swapped(row: &Row) -> Row {
    let mut bytes = row.bytes;
    let units = bytes.get_mut(..row.len).unwrap_or_default();
    units.chunks_exact_mut(row.unit_bytes.max(1)).for_each(<[u8]>::reverse);
    Row { bytes, ..row.clone() }
}

/// The first half of a row of `hexdump`, which the gap in the middle closes.
fn first_half(shape: &Shape, cells: Cells, address: u32, line: &[u8]) -> Option<Row> {
    let half = LINE_BYTES / 2;
    let middle = shape.cell_at(half);
    let gap = line.get(middle.checked_sub(2)?..middle)?;
    let is_closed = shape.has_middle && cells.len >= half && gap == b"  ";
    let of_half = bit(half).wrapping_sub(1);
    (is_closed && cells.unreadable & of_half == 0).then_some(Row {
        dialect: shape.dialect,
        address,
        bytes: cells.bytes,
        len: half,
        step: LINE_BYTES,
        unreadable: 0,
        unit_bytes: 1,
        order: Order::Open,
        column: Column::Absent,
        chars: middle,
    })
}
