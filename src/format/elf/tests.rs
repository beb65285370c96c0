use proptest::prelude::*;

use super::*;
use crate::finding::Code;

const CODE: &[u8] = &[0x00, 0x00, 0xA0, 0xE1];
const NAMES: &[u8] = b"\0.text\0.shstrtab\0libc.so\0/lib/ld.so\0";
const HEADER_LEN: usize = 52;
const SEGMENTS: usize = 3;
const CODE_AT: usize = HEADER_LEN + SEGMENTS * 32;
const NAMES_AT: usize = CODE_AT + CODE.len();
const DYNAMIC_AT: usize = NAMES_AT + NAMES.len();
const DYNAMIC_LEN: usize = 4 * 8;
const SECTIONS_AT: usize = DYNAMIC_AT + DYNAMIC_LEN;

/// A program for ARM with code, a section name table, an interpreter and one library, byte by byte.
fn arm_program() -> Vec<u8> {
    let mut elf = MAGIC.to_vec();
    elf.extend([1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    let half = |elf: &mut Vec<u8>, halves: &[usize]| {
        halves.iter().for_each(|&number| elf.extend((number as u16).to_le_bytes()));
    };
    let word = |elf: &mut Vec<u8>, words: &[usize]| {
        words.iter().for_each(|&number| elf.extend((number as u32).to_le_bytes()));
    };
    half(&mut elf, &[2, 40]);
    word(&mut elf, &[1, 0x8000 + CODE_AT, HEADER_LEN, SECTIONS_AT, 0]);
    half(&mut elf, &[HEADER_LEN, 32, SEGMENTS, 40, 3, 2]);
    let interpreter_at = NAMES_AT + 25;
    for (kind, start, len) in [(1, 0, SECTIONS_AT), (2, DYNAMIC_AT, DYNAMIC_LEN), (3, interpreter_at, 11)] {
        word(&mut elf, &[kind, start, 0x8000 + start, 0x8000 + start, len, len, 5, 4]);
    }
    elf.extend(CODE);
    elf.extend(NAMES);
    word(&mut elf, &[1, 17, 5, 0x8000 + NAMES_AT, 10, NAMES.len(), 0, 0]);
    word(&mut elf, &[0; 10]);
    word(&mut elf, &[1, 1, 6, 0x8000 + CODE_AT, CODE_AT, CODE.len(), 0, 0, 4, 0]);
    word(&mut elf, &[7, 3, 0, 0, NAMES_AT, NAMES.len(), 0, 0, 1, 0]);
    elf
}

fn codes(findings: &[Finding]) -> Vec<Code> {
    findings.iter().map(Finding::code).collect()
}

#[test]
fn an_arm_program_tells_what_it_is_and_needs() {
    let mut bytes = arm_program();
    let len = bytes.len();
    bytes.extend([0xFF; 64]);
    let Parsed { value: elf, findings } = parse(&bytes).unwrap();
    assert_eq!(findings, []);
    assert_eq!((elf.class, elf.byte_order), (Class::Bits32, ByteOrder::LittleEndian));
    assert_eq!((elf.machine, elf.kind, elf.entry), ("ARM", "EXEC", 0x8000 + CODE_AT as u64));
    assert_eq!(elf.interpreter.as_deref(), Some("/lib/ld.so"));
    assert_eq!(elf.needed, ["libc.so"]);
    let names: Vec<&str> = elf.sections.iter().map(|section| section.name.as_str()).collect();
    assert_eq!(names, [".text", ".shstrtab"]);
    assert_eq!(elf.sections[0].span.of(&bytes), CODE);
    assert_eq!(elf.len(), len);
}

#[test]
fn the_program_that_runs_this_test_is_an_elf_file() {
    let Ok(program) = std::env::current_exe().and_then(std::fs::read) else { return };
    if !program.starts_with(&MAGIC) {
        eprintln!("skipped: programs of this system are not ELF files");
        return;
    }
    let Parsed { value: elf, findings } = parse(&program).unwrap();
    assert_eq!(findings, []);
    assert!(elf.sections.iter().any(|section| section.name == ".text"));
    assert_eq!(elf.len(), program.len());
}

#[test]
fn a_cut_file_keeps_what_its_head_says() {
    let bytes = arm_program();
    let cut = parse(&bytes[..SECTIONS_AT + 8]).unwrap();
    assert_eq!(codes(&cut.findings), [Code::ElfDamaged]);
    assert!(cut.findings[0].message().contains("its section headers at"));
    assert_eq!((cut.value.machine, cut.value.needed), ("ARM", vec!["libc.so".to_owned()]));
    let head = parse(&bytes[..HEADER_LEN]).unwrap();
    assert_eq!((head.value.machine, head.value.len()), ("ARM", HEADER_LEN));
    assert!(head.findings.len() >= 2);
    assert!(parse(&bytes[..HEADER_LEN - 1]).is_err());
}

#[test]
fn counts_that_no_file_has_cost_neither_memory_nor_time() {
    let mut bytes = arm_program();
    bytes[44..46].copy_from_slice(&[0xFF, 0xFF]);
    bytes[48..50].copy_from_slice(&[0, 0]);
    bytes[SECTIONS_AT + 20..SECTIONS_AT + 24].copy_from_slice(&[0xFF; 4]);
    bytes.resize(0x1_0000, 0x41);
    let parsed = parse(&bytes).unwrap();
    assert!(codes(&parsed.findings).iter().all(|code| *code == Code::ElfDamaged));
    assert!(parsed.findings.len() >= 2 && parsed.value.len() <= bytes.len());
}

#[test]
fn other_bytes_are_no_elf_file() {
    assert!(parse(b"").is_err());
    assert!(parse(b"\x7FELF is the magic of ELF files, which have more behind it than this text").is_err());
}

proptest! {
    #[test]
    fn a_damaged_file_never_panics(
        damage in proptest::collection::vec((any::<usize>(), any::<u8>()), 0..12), cut in 0_usize..0x200,
    ) {
        let mut bytes = arm_program();
        let len = bytes.len();
        for (at, byte) in damage {
            bytes[at % len] = byte;
        }
        bytes.truncate(cut);
        if let Ok(parsed) = parse(&bytes) {
            prop_assert!(parsed.value.len() <= bytes.len());
            prop_assert!(parsed.value.sections.iter().all(|section| section.span.end() <= bytes.len()));
        }
    }

    #[test]
    fn arbitrary_bytes_behind_the_magic_never_panic(
        class in 1_u8..3, order in 1_u8..3, rest in proptest::collection::vec(any::<u8>(), 0..0x200),
    ) {
        let bytes = [MAGIC.as_slice(), &[class, order], &rest].concat();
        let _ = parse(&bytes);
    }
}
