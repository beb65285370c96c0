//! Follows constants through ARM code, one instruction after the other, to find bytes that a program stores.
//!
//! Compilers write `x->a = 21; x->b = 37;` as `mov`, `orr` and `strb` in any order. Registers whose values are known
//! are followed; whatever writes a register in another way, a call or a jump makes it unknown again. Where other code
//! jumps to is not looked at, so that what is found is a strong sign and needs further signs to be certain.

/// A byte that is stored at `base + offset`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Store {
    /// Where the instruction is.
    pub at: usize,
    /// Which value of a register it is stored by; two stores with the same one go to the same structure.
    pub base: Base,
    /// Bytes from there.
    pub offset: usize,
    /// The byte, if it is a constant.
    pub value: Option<u8>,
}

/// A register for as long as nothing writes to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Base {
    register: usize,
    written: usize,
}

#[derive(Debug, Clone, Copy, Default)]
struct Register {
    value: Option<u32>,
    written: usize,
}

#[derive(Debug, Default)]
struct Registers {
    all: [Register; 16],
    writes: usize,
}

impl Registers {
    fn value(&self, register: usize) -> Option<u32> {
        self.all.get(register)?.value
    }

    fn set(&mut self, register: usize, value: Option<u32>) {
        self.writes += 1;
        if let Some(place) = self.all.get_mut(register) {
            *place = Register { value, written: self.writes };
        }
    }

    fn forget(&mut self, registers: impl IntoIterator<Item = usize>) {
        registers.into_iter().for_each(|register| self.set(register, None));
    }

    fn base(&self, register: usize) -> Base {
        Base { register, written: self.all.get(register).map_or(0, |register| register.written) }
    }
}

/// The program counter: to write it is to jump.
const PC: usize = 15;

/// What a called function may change (the procedure call standard of ARM).
const CALL_CLOBBERED: [usize; 6] = [0, 1, 2, 3, 12, 14];

const ALWAYS: u32 = 0xE;

/// Every byte store with a fixed offset in little-endian ARM code.
pub fn byte_stores(code: &[u8]) -> impl Iterator<Item = Store> {
    let mut registers = Registers::default();
    let (words, _) = code.as_chunks::<4>();
    words.iter().enumerate().filter_map(move |(index, word)| {
        step(&mut registers, u32::from_le_bytes(*word)).map(|store| Store { at: index * 4, ..store })
    })
}

/// Four bits of an instruction that name a register.
const fn field(word: u32, lowest_bit: u32) -> usize {
    ((word >> lowest_bit) & 0xF) as usize
}

fn step(registers: &mut Registers, word: u32) -> Option<Store> {
    match (word >> 25) & 7 {
        0 | 1 => data_processing(registers, word),
        2 | 3 => return transfer(registers, word),
        4 => block_transfer(registers, word),
        5 if word & (1 << 24) != 0 => registers.forget(CALL_CLOBBERED),
        5 => registers.forget(0..16),
        // a system call answers in the first register; coprocessors are not used
        _ => registers.forget(CALL_CLOBBERED),
    }
    None
}

fn data_processing(registers: &mut Registers, word: u32) {
    let (first, target) = (field(word, 16), field(word, 12));
    let is_immediate = word & (1 << 25) != 0;
    let is_multiply_or_half_word = !is_immediate && word & 0x90 == 0x90;
    let (operation, sets_flags) = ((word >> 21) & 0xF, word & (1 << 20) != 0);
    let is_comparison = (8..12).contains(&operation);
    if is_multiply_or_half_word {
        registers.forget([first, target]);
    } else if is_comparison && sets_flags {
        // nothing is written
    } else if is_comparison {
        let is_jump = word & 0x0FFF_FFF0 == 0x012F_FF10;
        if is_jump { registers.forget(0..16) } else { registers.forget([target]) }
    } else if target == PC {
        registers.forget(0..16);
    } else {
        let second = if is_immediate {
            Some((word & 0xFF).rotate_right(2 * ((word >> 8) & 0xF)))
        } else if word & 0xFF0 == 0 {
            registers.value(field(word, 0))
        } else {
            None
        };
        let is_certain = word >> 28 == ALWAYS;
        let value = second.filter(|_| is_certain).and_then(|second| result(operation, registers.value(first), second));
        registers.set(target, value);
    }
}

/// What an operation on two values gives; those that need the carry flag are left out.
fn result(operation: u32, first: Option<u32>, second: u32) -> Option<u32> {
    match operation {
        0xD => return Some(second),
        0xF => return Some(!second),
        _ => {}
    }
    let first = first?;
    match operation {
        0x0 => Some(first & second),
        0x1 => Some(first ^ second),
        0x2 => Some(first.wrapping_sub(second)),
        0x3 => Some(second.wrapping_sub(first)),
        0x4 => Some(first.wrapping_add(second)),
        0xC => Some(first | second),
        0xE => Some(first & !second),
        _ => None,
    }
}

fn transfer(registers: &mut Registers, word: u32) -> Option<Store> {
    let (base, target) = (field(word, 16), field(word, 12));
    let bit = |number: u32| word & (1 << number) != 0;
    let (is_load, is_byte, is_before, writes_back) = (bit(20), bit(22), bit(24), bit(21));
    let has_fixed_offset = !bit(25) && bit(23) && is_before && !writes_back;
    let store = (!is_load && is_byte && has_fixed_offset && word >> 28 == ALWAYS).then(|| Store {
        at: 0,
        base: registers.base(base),
        offset: (word & 0xFFF) as usize,
        value: registers.value(target).map(|value| value.to_le_bytes()[0]),
    });
    if is_load && target == PC {
        registers.forget(0..16);
    } else if is_load {
        registers.forget([target]);
    }
    if !is_before || writes_back {
        registers.forget([base]);
    }
    store
}

fn block_transfer(registers: &mut Registers, word: u32) {
    let (is_load, writes_back) = (word & (1 << 20) != 0, word & (1 << 21) != 0);
    let listed = (0..16).filter(|register| word & (1 << register) != 0);
    match is_load {
        true if word & (1 << PC) != 0 => registers.forget(0..16),
        true => registers.forget(listed),
        false => {}
    }
    if writes_back {
        registers.forget([field(word, 16)]);
    }
}
