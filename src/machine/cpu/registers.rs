//! The registers as people look at them.

use std::fmt;

use super::mode::{FIQ_OFF, IRQ_OFF, THUMB, mode_name};

/// A copy of the registers that the program sees, taken between two instructions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Registers {
    /// r0 to r14 of the current mode.
    pub general: [u32; 15],
    /// Address of the next instruction, or of the one that faulted.
    pub pc: u32,
    /// The status register.
    pub cpsr: u32,
    /// The status before the exception, in the modes that have one.
    pub spsr: Option<u32>,
}

impl Registers {
    /// The mode's usual three letters: `USR`, `FIQ`, `IRQ`, `SVC`, `ABT`, `UND`, `SYS`; `???` if there is no such mode.
    pub fn mode(&self) -> &'static str {
        mode_name(self.cpsr)
    }
}

/// Four registers a line, the program counter and the status in front. Capital letters are bits that are set.
impl fmt::Display for Registers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bits = [(1 << 31, 'N'), (1 << 30, 'Z'), (1 << 29, 'C'), (1 << 28, 'V'), (IRQ_OFF, 'I'), (FIQ_OFF, 'F')];
        write!(f, "pc  {:08X}  cpsr {:08X} {} ", self.pc, self.cpsr, self.mode())?;
        for (bit, letter) in bits {
            write!(f, "{}", if self.cpsr & bit != 0 { letter } else { letter.to_ascii_lowercase() })?;
        }
        f.write_str(if self.cpsr & THUMB != 0 { " Thumb" } else { " ARM" })?;
        if let Some(spsr) = self.spsr {
            write!(f, "  spsr {spsr:08X} {}", mode_name(spsr))?;
        }
        for (number, value) in self.general.iter().enumerate() {
            let name = match number {
                13 => "sp".to_owned(),
                14 => "lr".to_owned(),
                _ => format!("r{number}"),
            };
            let gap = if number % 4 == 0 { "\n" } else { "  " };
            write!(f, "{gap}{name:<3} {value:08X}")?;
        }
        Ok(())
    }
}
