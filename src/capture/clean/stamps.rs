//! The time, as terminal programs and loggers put it in front of lines (minicom, Tera Term, RealTerm, CoolTerm, `ts`,
//! grabserial and their like), and where they broke a line because it came in two parts.

use memchr::{memchr2_iter, memchr3_iter};

use super::super::detect::places;
use super::{Kept, TakenOut};

/// So many lines must have one for it to be the time.
const STAMPED_MIN: usize = 2;

/// And one in so many lines of a place.
const STAMPED_SHARE: usize = 8;

/// The longest there is: weekday, date, time, zone and brackets.
const STAMP_MAX_CHARS: usize = 48;

/// Takes them out; `None` if there are none.
pub(super) fn take_out(text: &[u8], taken_out: &mut TakenOut) -> Option<Kept> {
    if !places(text).any(is_stamped) {
        return None;
    }
    let mut kept = Kept::default();
    kept.text.reserve(text.len());
    let mut done = 0_usize;
    let mut take = |from: usize, is_inside: bool| {
        let place = text.get(from..from.saturating_add(STAMP_MAX_CHARS).min(text.len())).unwrap_or_default();
        let chars = stamp(place).unwrap_or(0);
        if from < done || chars == 0 || (is_inside && !place.starts_with(b"[")) {
            return;
        }
        kept.push(text.get(done..from).unwrap_or_default(), done);
        done = from.saturating_add(chars);
        taken_out.timestamps = taken_out.timestamps.saturating_add(1);
    };
    take(0, false);
    for at in memchr3_iter(b'\n', b'\r', b'[', text) {
        match text.get(at) {
            Some(b'[') => take(at, true),
            _ => take(at.saturating_add(1), false),
        }
    }
    kept.push(text.get(done..).unwrap_or_default(), done);
    Some(kept)
}

/// Whether lines of this place start with the time.
fn is_stamped(place: &[u8]) -> bool {
    let starts = std::iter::once(0).chain(memchr2_iter(b'\n', b'\r', place).map(|end| end.saturating_add(1)));
    let lines = starts.filter_map(|start| place.get(start..)).filter(|line| !matches!(line, [] | [b'\n' | b'\r', ..]));
    let (mut all, mut stamped) = (0_usize, 0_usize);
    for line in lines {
        all = all.saturating_add(1);
        let near = line.get(..STAMP_MAX_CHARS.min(line.len())).unwrap_or_default();
        stamped = stamped.saturating_add(usize::from(stamp(near).is_some()));
    }
    stamped >= STAMPED_MIN && stamped >= all / STAMPED_SHARE
}

/// How many characters the time has that `line` starts with, up to one blank behind it.
fn stamp(line: &[u8]) -> Option<usize> {
    let (close, inside) = match line {
        [b'[', rest @ ..] => (Some(b']'), rest.trim_ascii_start()),
        [b'(', rest @ ..] => (Some(b')'), rest.trim_ascii_start()),
        [b'0'..=b'9' | b'A'..=b'Z', ..] => (None, line),
        _ => return None,
    };
    let mut words = Words { rest: inside, has_clock: false, has_seconds: false, has_month: false };
    while words.next() {}
    let behind = match close {
        Some(close) => words.rest.strip_prefix(&[close])?,
        None => words.rest,
    };
    let is_time = words.has_clock || (close.is_some() && words.has_seconds);
    if !is_time {
        return None;
    }
    let behind = match close {
        Some(_) => behind.strip_prefix(b" ").unwrap_or(behind),
        None => separator(behind),
    };
    let is_closed = close.is_some() || behind.len() < words.rest.len() || matches!(behind, [] | [b'\n' | b'\r', ..]);
    is_closed.then(|| line.len().saturating_sub(behind.len()))
}

/// Takes off what stands between a bare time and the text: an arrow or the like, and one blank.
fn separator(text: &[u8]) -> &[u8] {
    let unblanked = text.strip_prefix(b" ").unwrap_or(text);
    let signs: [&[u8]; 5] = [b"->", b"<-", b">", b"<", b"|"];
    let behind = signs.into_iter().find_map(|sign| unblanked.strip_prefix(sign)).or_else(|| text.strip_prefix(b":"));
    // a sign stands before a blank or the line's end
    let behind = behind.filter(|behind| matches!(behind, [] | [b' ' | b'\r' | b'\n', ..]));
    behind.map_or(unblanked, |behind| behind.strip_prefix(b" ").unwrap_or(behind))
}

/// The words of a time.
struct Words<'t> {
    rest: &'t [u8],
    has_clock: bool,
    /// Seconds since the start, with a fraction.
    has_seconds: bool,
    has_month: bool,
}

const NAMES: [&[u8; 3]; 19] = [
    b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat", b"Sun", b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul",
    b"Aug", b"Sep", b"Oct", b"Nov", b"Dec",
];

impl Words<'_> {
    /// Takes a word off, with the blanks behind it only if another word follows.
    fn next(&mut self) -> bool {
        let from =
            if self.has_clock || self.has_seconds || self.has_month { self.rest.trim_ascii_start() } else { self.rest };
        let Some(behind) = self.word(from) else { return false };
        self.rest = behind;
        // a date goes before its time, with a blank, a `T` or a comma between
        if !self.has_clock && !self.has_seconds {
            self.rest = match behind {
                [b' ' | b'T' | b',', rest @ ..] => rest.trim_ascii_start(),
                _ => behind,
            };
        }
        true
    }

    fn word<'t>(&mut self, text: &'t [u8]) -> Option<&'t [u8]> {
        if let Some((name, rest)) = text.split_first_chunk::<3>()
            && NAMES.contains(&name)
            && !rest.first().is_some_and(u8::is_ascii_alphanumeric)
        {
            self.has_month = true;
            return Some(rest);
        }
        if self.has_clock {
            let zones: [&[u8]; 4] = [b"AM", b"PM", b"UTC", b"Z"];
            if let Some(behind) = zones.into_iter().find_map(|zone| text.strip_prefix(zone)) {
                return (!behind.first().is_some_and(u8::is_ascii_alphanumeric)).then_some(behind);
            }
        }
        let (first, rest) = number(text)?;
        let behind = match (first.len(), rest) {
            (1..=2, [b':', ..]) if !self.has_clock => self.clock(rest)?,
            (1..=2 | 4, [sign @ (b'-' | b'.' | b'/'), rest @ ..]) if !self.has_clock => match date(*sign, rest) {
                Some(behind) => behind,
                None => self.seconds(rest)?,
            },
            (1..=10, [b'.', rest @ ..]) if !self.has_clock => self.seconds(rest)?,
            (1..=2, _) if self.has_month && !self.has_clock => rest,
            (4, _) if self.has_month && (first.starts_with(b"20") || first.starts_with(b"19")) => rest,
            _ => return None,
        };
        Some(behind)
    }

    /// Minutes, seconds and a fraction.
    fn clock<'t>(&mut self, text: &'t [u8]) -> Option<&'t [u8]> {
        let (_, rest) = number(text.strip_prefix(b":")?).filter(|(minutes, _)| minutes.len() == 2)?;
        let (_, rest) = number(rest.strip_prefix(b":")?).filter(|(seconds, _)| seconds.len() == 2)?;
        self.has_clock = true;
        let fraction = match rest {
            [b'.' | b',' | b':', fraction @ ..] => number(fraction).filter(|(digits, _)| digits.len() <= 9),
            _ => None,
        };
        Some(fraction.map_or(rest, |(_, behind)| behind))
    }

    /// The fraction of seconds since the start.
    fn seconds<'t>(&mut self, text: &'t [u8]) -> Option<&'t [u8]> {
        let (_, behind) = number(text).filter(|(fraction, _)| (3..=9).contains(&fraction.len()))?;
        self.has_seconds = true;
        Some(behind)
    }
}

/// The second and third number of a date.
fn date(sign: u8, text: &[u8]) -> Option<&[u8]> {
    let (month, rest) = number(text)?;
    let (day, rest) = number(rest.strip_prefix(&[sign])?)?;
    (month.len() <= 2 && matches!(day.len(), 1 | 2 | 4)).then_some(rest)
}

/// The decimal digits that a text starts with, at least one.
fn number(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let digits = text.iter().take_while(|character| character.is_ascii_digit()).count();
    text.split_at_checked(digits).filter(|(digits, _)| !digits.is_empty())
}
