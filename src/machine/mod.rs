//! The virtual camera: a W90N745 with RAM, flash and devices, that runs what is in its flash.

mod board;
mod borrowed;
pub mod clock;
mod devices;
mod memory;

use borrowed as cpu;

pub fn spike(kernel: &[u8], flash: &[u8], limit: u64) {
    use std::io::Write;
    let chip = devices::flash::Chip::of_len(flash.len()).unwrap();
    let mut board = board::Board::new(board::Ram::Mb16, chip, flash, Some(Default::default()));
    board.ram.load(0x8000, kernel);
    let mut cpu = cpu::Cpu::starting_at(0x8000);
    let mut out = std::io::stdout();
    while cpu.now() < limit {
        let next = board.deadline().min(limit).min(cpu.now() + 100_000);
        let stop = cpu.run(&mut board, next - cpu.now());
        board.attend(cpu.now());
        let sent = board.uart0.take_sent();
        out.write_all(&sent).unwrap();
        if let cpu::Stop::Fault(e) = stop {
            println!("fault {e:?} at {:x}", cpu.pc());
            break;
        }
        if board.system.wants_reset() {
            println!("[reset] {}", cpu.now());
            break;
        }
    }
    println!(
        "\nnow {} pc {:x} stray {:?} {} mac {:?} frames {} i2c {}",
        cpu.now(),
        cpu.pc(),
        board.stray,
        board.stray_count,
        board.ethernet.mac(),
        board.ethernet.frames_sent(),
        board.i2c0.unanswered()
    );
}
