//! What a serial line, a terminal program and an editor do to a text, at a given rate.

/// Numbers that look random and are the same for the same seed (splitmix64).
pub struct Chance(pub u64);

impl Chance {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit.max(1) as u64).unwrap()
    }

    pub fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.next().to_le_bytes()[3]).collect()
    }
}

/// The text with about one error in so many characters: mostly characters that are changed, lost or put in, and now
/// and then a line that is lost, doubled, merged with the next or swapped with it, the rest of a page that is lost,
/// another line end, or a word from elsewhere.
pub fn damaged(text: &[u8], one_in: usize, chance: &mut Chance) -> Vec<u8> {
    let mut lines: Vec<Vec<u8>> = text.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    let errors = text.len() / one_in + usize::from(chance.below(one_in) < text.len() % one_in);
    for _ in 0..errors {
        let at = chance.below(lines.len());
        let len = lines[at].len().max(1);
        let place = chance.below(len);
        match chance.below(24) {
            0..=9 => {
                let other = match chance.below(4) {
                    0 => chance.next().to_le_bytes()[0],
                    1 => lines[at].get(place).copied().unwrap_or(b' ') ^ (1 << chance.below(7)),
                    _ => b"0123456789ABCDEF"[chance.below(16)],
                };
                if let Some(byte) = lines[at].get_mut(place) {
                    *byte = other;
                }
            }
            10..=13 if place < lines[at].len() => drop(lines[at].remove(place)),
            14..=16 if place < lines[at].len() => lines[at].insert(place, b"0A. \x00["[chance.below(6)]),
            17 => drop(lines.remove(at)),
            18 => lines.insert(at, lines[at].clone()),
            19 => lines[at].retain(|byte| !matches!(byte, b'\r' | b'\n')),
            20 if at + 1 < lines.len() => lines.swap(at, at + 1),
            21 => drop(lines.drain(at..(at + 1 + chance.below(16)).min(lines.len()))),
            22 => lines[at].extend(b"\r\r"),
            _ => lines.insert(at, b"usb.c: new device [00000123]\r\n".to_vec()),
        }
        if lines.is_empty() {
            break;
        }
    }
    lines.concat()
}

/// Bytes as a flash has them: noise, text, erased and zero stretches.
pub fn flash(len: usize, chance: &mut Chance) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(len);
    while bytes.len() < len {
        let stretch = 1 + chance.below(3000);
        match chance.below(5) {
            0 => bytes.extend(std::iter::repeat_n(0xFF, stretch)),
            1 => bytes.extend(std::iter::repeat_n(0x00, stretch / 4)),
            2 => bytes.extend(b"the quick brown fox 0x7F02 [7F020000] ".iter().cycle().take(stretch)),
            _ => bytes.extend(chance.bytes(stretch)),
        }
    }
    bytes.truncate(len);
    bytes
}
