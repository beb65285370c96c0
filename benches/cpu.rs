//! How many instructions the virtual CPU executes in a second, beside the crate `armv4t_emu` on the same program and
//! the same memory. Figures and how to repeat them: `benches/README.md`.
#![allow(missing_docs)] // the macros below make public items

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use unbrick::machine::cpu::{Abort, Bus, Cpu, Stop};

const RAM_BYTES: usize = 16 << 20;
const INSTRUCTIONS: u64 = 4_000_000;

/// Copies and sums for ever: arithmetic, loads, stores, loops and calls in a usual mix.
const PROGRAM: [u32; 41] = [
    0xE3A0_D801, //        mov   sp, #0x10000
    0xE3A0_4000, //        mov   r4, #0
    0xE3A0_0901, // outer: mov   r0, #0x4000
    0xE3A0_1902, //        mov   r1, #0x8000
    0xE3A0_2040, //        mov   r2, #64
    0xEB00_0004, //        bl    copy
    0xE3A0_0902, //        mov   r0, #0x8000
    0xE3A0_1C01, //        mov   r1, #256
    0xEB00_000D, //        bl    sum
    0xE084_41E0, //        add   r4, r4, r0, ror #3
    0xEAFF_FFF6, //        b     outer
    0xE92D_4030, // copy:  stmdb sp!, {r4, r5, lr}
    0xE3A0_5000, //        mov   r5, #0
    0xE490_3004, // word:  ldr   r3, [r0], #4
    0xE023_3004, //        eor   r3, r3, r4
    0xE085_5103, //        add   r5, r5, r3, lsl #2
    0xE481_3004, //        str   r3, [r1], #4
    0xE155_0003, //        cmp   r5, r3
    0x81A0_5003, //        movhi r5, r3
    0xE252_2001, //        subs  r2, r2, #1
    0x1AFF_FFF7, //        bne   word
    0xE500_5100, //        str   r5, [r0, #-256]
    0xE8BD_8030, //        ldmia sp!, {r4, r5, pc}
    0xE92D_4040, // sum:   stmdb sp!, {r6, lr}
    0xE1A0_6000, //        mov   r6, r0
    0xE3A0_0000, //        mov   r0, #0
    0xE4D6_3001, // byte:  ldrb  r3, [r6], #1
    0xE313_0001, //        tst   r3, #1
    0x1280_0007, //        addne r0, r0, #7
    0xE080_0003, //        add   r0, r0, r3
    0xE3C3_30F0, //        bic   r3, r3, #0xF0
    0xE1D6_20B2, //        ldrh  r2, [r6, #2]
    0xE002_20A3, //        and   r2, r2, r3, lsr #1
    0xE180_0002, //        orr   r0, r0, r2
    0xE251_1001, //        subs  r1, r1, #1
    0xCAFF_FFF5, //        bgt   byte
    0xEB00_0000, //        bl    leaf
    0xE8BD_8040, //        ldmia sp!, {r6, pc}
    0xE003_0190, // leaf:  mul   r3, r0, r1
    0xE063_00C0, //        rsb   r0, r3, r0, asr #1
    0xE1A0_F00E, //        mov   pc, lr
];

/// Memory, and nothing behind it.
struct Ram(Vec<u8>);

impl Ram {
    fn with_program() -> Self {
        let mut bytes = vec![0; RAM_BYTES];
        for (bytes, word) in bytes.chunks_mut(4).zip(PROGRAM) {
            bytes.copy_from_slice(&word.to_le_bytes());
        }
        Self(bytes)
    }

    #[inline]
    fn load<const LEN: usize>(&self, address: u32) -> Result<[u8; LEN], Abort> {
        self.0.get(address as usize..).and_then(<[u8]>::first_chunk).copied().ok_or(Abort)
    }

    #[inline]
    fn store<const LEN: usize>(&mut self, address: u32, bytes: [u8; LEN]) -> Result<(), Abort> {
        *self.0.get_mut(address as usize..).and_then(<[u8]>::first_chunk_mut).ok_or(Abort)? = bytes;
        Ok(())
    }
}

#[rustfmt::skip]
impl Bus for Ram {
    #[inline]
    fn fetch32(&mut self, address: u32) -> Result<u32, Abort> { self.load(address).map(u32::from_le_bytes) }
    #[inline]
    fn fetch16(&mut self, address: u32) -> Result<u16, Abort> { self.load(address).map(u16::from_le_bytes) }
    #[inline]
    fn read32(&mut self, address: u32, _: u64) -> Result<u32, Abort> { self.load(address).map(u32::from_le_bytes) }
    #[inline]
    fn read16(&mut self, address: u32, _: u64) -> Result<u16, Abort> { self.load(address).map(u16::from_le_bytes) }
    #[inline]
    fn read8(&mut self, address: u32, _: u64) -> Result<u8, Abort> { self.load(address).map(u8::from_le_bytes) }
    #[inline]
    fn write32(&mut self, address: u32, value: u32, _: u64) -> Result<(), Abort> { self.store(address, value.to_le_bytes()) }
    #[inline]
    fn write16(&mut self, address: u32, value: u16, _: u64) -> Result<(), Abort> { self.store(address, value.to_le_bytes()) }
    #[inline]
    fn write8(&mut self, address: u32, value: u8, _: u64) -> Result<(), Abort> { self.store(address, [value]) }
    #[inline]
    fn wants_attention(&self) -> bool { false }
    fn irq(&self) -> bool { false }
    fn unsteady_reads(&self) -> u64 { 0 }
}

#[rustfmt::skip]
impl armv4t_emu::Memory for Ram {
    #[inline]
    fn r8(&mut self, address: u32) -> u8 { self.load(address).map_or(0, u8::from_le_bytes) }
    #[inline]
    fn r16(&mut self, address: u32) -> u16 { self.load(address).map_or(0, u16::from_le_bytes) }
    #[inline]
    fn r32(&mut self, address: u32) -> u32 { self.load(address).map_or(0, u32::from_le_bytes) }
    #[inline]
    fn w8(&mut self, address: u32, value: u8) { let _ = self.store(address, [value]); }
    #[inline]
    fn w16(&mut self, address: u32, value: u16) { let _ = self.store(address, value.to_le_bytes()); }
    #[inline]
    fn w32(&mut self, address: u32, value: u32) { let _ = self.store(address, value.to_le_bytes()); }
}

fn cpu(criterion: &mut Criterion) {
    let (mut ours, mut our_ram) = (Cpu::starting_at(0), Ram::with_program());
    let (mut theirs, mut their_ram) = (armv4t_emu::Cpu::new(), Ram::with_program());
    let ours_once = |cpu: &mut Cpu, ram: &mut Ram| assert_eq!(cpu.run(ram, INSTRUCTIONS), Stop::Budget);
    let theirs_once = |cpu: &mut armv4t_emu::Cpu, ram: &mut Ram| {
        for _ in 0..INSTRUCTIONS {
            assert!(cpu.step(ram), "an undefined instruction");
        }
    };

    // both did the same
    ours_once(&mut ours, &mut our_ram);
    theirs_once(&mut theirs, &mut their_ram);
    assert!(our_ram.0 == their_ram.0, "the memories differ");
    for number in 0..15_u8 {
        assert_eq!(ours.register(number.into()), theirs.reg_get(armv4t_emu::Mode::Supervisor, number), "r{number}");
    }

    let mut group = criterion.benchmark_group("cpu");
    group.sample_size(20).warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(4));
    group.throughput(Throughput::Elements(INSTRUCTIONS));
    group.bench_function("unbrick", |bencher| bencher.iter(|| ours_once(black_box(&mut ours), &mut our_ram)));
    group.bench_function("armv4t_emu", |bencher| bencher.iter(|| theirs_once(black_box(&mut theirs), &mut their_ram)));
    group.finish();
}

criterion_group!(benches, cpu);
criterion_main!(benches);
