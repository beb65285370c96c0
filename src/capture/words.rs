//! The order of the bytes in units of several bytes, where the column of more than one line may have a say.

use super::dialect::Family;
use super::line::Order;
use super::{Dialect, WordOrder};
use crate::image::{Span, SpanSet};

/// The lines of one tool with units of one size.
#[derive(Debug)]
pub(super) struct Words {
    dialect: Dialect,
    unit_bytes: usize,
    lines: usize,
    /// Lines in the order of the memory, whatever tells so.
    lines_swapped: usize,
    /// How many lines their own ASCII column settles for each order.
    little_endian: usize,
    swapped: usize,
    /// Lines whose bytes depend on the order and whose own column leaves it open: those that still wait, those that a line
    /// next to them settles, and those that lines further away do.
    open_waiting: usize,
    open_beside: usize,
    open_apart: usize,
    /// That of the last line that was settled, of those whose addresses follow on each other.
    order: Option<Order>,
    /// That of the last line that was settled before them: somebody may have typed another command since.
    order_before: Option<Order>,
    /// The bytes of lines in front of the first settled one, each line or several of whole units.
    waiting: SpanSet,
    lines_waiting: usize,
}

/// Those of a dialect and a size among all.
#[inline]
pub(super) fn words_of(all: &mut Vec<Words>, dialect: Dialect, unit_bytes: usize) -> &mut Words {
    let is_own = |words: &Words| words.dialect.family() == dialect.family() && words.unit_bytes == unit_bytes;
    let at = all.iter().position(is_own).unwrap_or(all.len());
    if at == all.len() {
        all.push(Words::new(dialect, unit_bytes));
    }
    #[allow(clippy::indexing_slicing)] // it is one of them now
    &mut all[at]
}

impl Words {
    fn new(dialect: Dialect, unit_bytes: usize) -> Self {
        Self {
            dialect,
            unit_bytes,
            lines: 0,
            lines_swapped: 0,
            little_endian: 0,
            swapped: 0,
            open_waiting: 0,
            open_beside: 0,
            open_apart: 0,
            order: None,
            order_before: None,
            waiting: SpanSet::default(),
            lines_waiting: 0,
        }
    }

    /// Takes a line of `bytes` and settles its order if its own column leaves it open: it follows the line before, else
    /// the first settled one behind; first of all among those whose addresses follow on each other. `starts_run` tells
    /// that the line does not follow on the one before.
    #[inline]
    pub fn push(&mut self, bytes: &mut [u8], line: Span, order: Order, starts_run: bool) {
        if order != Order::Open {
            return self.push_proved(bytes, order, 1, 1, starts_run);
        }
        self.lines = self.lines.saturating_add(1);
        if starts_run {
            self.start_run(bytes);
        }
        self.push_open(bytes, line);
    }

    /// Lines that nothing settled among their neighbours follow what was settled before.
    fn start_run(&mut self, bytes: &mut [u8]) {
        self.open_apart = self.open_apart.saturating_add(std::mem::take(&mut self.open_waiting));
        if let Some(before) = self.order_before {
            self.settle_waiting(bytes, before);
        }
        self.order_before = self.order.take().or(self.order_before);
    }

    fn push_open(&mut self, bytes: &mut [u8], line: Span) {
        let own = bytes.get_mut(line.start()..line.end()).unwrap_or_default();
        let mut units = own.chunks_exact(self.unit_bytes.max(1));
        let depends_on_order = usize::from(units.any(|unit| !unit.iter().eq(unit.iter().rev())));
        let open = if self.order.is_some() { &mut self.open_beside } else { &mut self.open_waiting };
        *open = open.saturating_add(depends_on_order);
        match self.order {
            Some(Order::Swapped) => {
                self.turn_round(own);
                self.lines_swapped = self.lines_swapped.saturating_add(1);
            }
            Some(_) => {}
            None => {
                self.waiting.insert(line);
                self.lines_waiting = self.lines_waiting.saturating_add(1);
            }
        }
    }

    fn settle_waiting(&mut self, bytes: &mut [u8], order: Order) {
        let waiting = std::mem::take(&mut self.lines_waiting);
        let spans = std::mem::take(&mut self.waiting);
        if order == Order::Swapped {
            self.lines_swapped = self.lines_swapped.saturating_add(waiting);
            spans.iter().for_each(|span| self.turn_round(bytes.get_mut(span.start()..span.end()).unwrap_or_default()));
        }
    }

    /// Turns the bytes of each unit round; what is left at the end of a file is none.
    fn turn_round(&self, bytes: &mut [u8]) {
        bytes.chunks_exact_mut(self.unit_bytes.max(1)).for_each(<[u8]>::reverse);
    }

    /// Takes lines that follow on each other and whose bytes are in this order, which so many of them prove; to the others
    /// it makes no difference. `starts_run` tells that the first does not follow on the line before.
    #[inline]
    pub fn push_proved(&mut self, bytes: &mut [u8], order: Order, lines: usize, proofs: usize, starts_run: bool) {
        if starts_run {
            self.start_run(bytes);
        }
        self.lines = self.lines.saturating_add(lines);
        let count = if order == Order::Swapped { &mut self.swapped } else { &mut self.little_endian };
        *count = count.saturating_add(proofs);
        if order == Order::Swapped {
            self.lines_swapped = self.lines_swapped.saturating_add(lines);
        }
        // where it is known already, nothing waits
        if proofs > 0 && self.order != Some(order) {
            self.set_order(bytes, order);
        }
    }

    /// The lines before that still wait follow this order.
    fn set_order(&mut self, bytes: &mut [u8], order: Order) {
        self.order = Some(order);
        self.open_beside = self.open_beside.saturating_add(std::mem::take(&mut self.open_waiting));
        if self.lines_waiting > 0 {
            self.settle_waiting(bytes, order);
        }
    }

    /// Settles what is still open by the command that was `typed`, else as the tool usually prints, and adds to what is
    /// told. Where both orders are proved, or none, what no line next to it settles is a guess.
    pub fn settle(&mut self, bytes: &mut [u8], typed: &dyn Fn(Family) -> Option<Order>, told: &mut WordOrder) {
        let family = self.dialect.family();
        let settled = self.order.or(self.order_before);
        let typed = if settled.is_none() { typed(family) } else { None };
        self.settle_waiting(bytes, settled.or(typed).unwrap_or(family.usual_order()));
        let is_certain = (self.little_endian == 0) != (self.swapped == 0);
        let open_apart = self.open_apart.saturating_add(self.open_waiting);
        if family == Family::Xxd && is_certain && self.little_endian == 0 {
            return; // it prints groups in the order of the memory, which is nothing to tell of
        }
        told.little_endian = told.little_endian.saturating_add(self.little_endian);
        told.swapped = told.swapped.saturating_add(self.swapped);
        told.by_neighbours = told.by_neighbours.saturating_add(self.open_beside);
        let count = match typed {
            Some(_) => &mut told.typed,
            None if is_certain => &mut told.by_neighbours,
            None => &mut told.unsettled,
        };
        *count = count.saturating_add(open_apart);
    }

    /// The dialects that these lines are of, once all is settled.
    pub fn dialects(&self) -> [(Dialect, usize); 2] {
        let little_endian = self.lines.saturating_sub(self.lines_swapped);
        [
            (self.dialect.in_order(Order::LittleEndian), little_endian),
            (self.dialect.in_order(Order::Swapped), self.lines_swapped),
        ]
    }
}
