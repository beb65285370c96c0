//! The USB host controller at 0xFFF05000: OHCI 1.0 with two ports, the toy [camera](super::usb_camera) on the first.
//!
//! Each millisecond the controller writes the number of the frame into memory, works through the lists of control and
//! bulk transfers, and hands back what is done. Transfers at fixed intervals (pictures, interrupts) are never served:
//! the kernel's drivers wait for those without harm (soc-for-emulation.md section 9, certain).

use super::registers::Registers;
use super::usb_camera::{Answer, UsbCamera};
use crate::machine::clock::INSTRUCTIONS_PER_MICROSECOND;
use crate::machine::memory::Memory;

const REVISION: u32 = 0x00;
const CONTROL: u32 = 0x04;
const COMMAND_STATUS: u32 = 0x08;
const INTERRUPT_STATUS: u32 = 0x0C;
const INTERRUPT_ENABLE: u32 = 0x10;
const INTERRUPT_DISABLE: u32 = 0x14;
const HCCA: u32 = 0x18;
const CONTROL_HEAD: u32 = 0x20;
const BULK_HEAD: u32 = 0x28;
const DONE_HEAD: u32 = 0x30;
const FRAME_INTERVAL: u32 = 0x34;
const FRAME_NUMBER: u32 = 0x3C;
const ROOT_DESCRIPTOR_A: u32 = 0x48;
const ROOT_STATUS: u32 = 0x50;
const PORT_1: u32 = 0x54;
const PORT_2: u32 = 0x58;

const RESET_REQUEST: u32 = 1;
const LIST_FILLED: [u32; 2] = [1 << 1, 1 << 2];
const LIST_ENABLED: [u32; 2] = [1 << 4, 1 << 5];
const STATE: u32 = 3 << 6;
const OPERATIONAL: u32 = 2 << 6;

const DONE_WRITTEN: u32 = 1 << 1;
const START_OF_FRAME: u32 = 1 << 2;
const ROOT_CHANGED: u32 = 1 << 6;
const MASTER_ENABLE: u32 = 1 << 31;

const CONNECTED: u32 = 1;
const ENABLED: u32 = 1 << 1;
const RESET: u32 = 1 << 4;
const POWERED: u32 = 1 << 8;
const CONNECT_CHANGED: u32 = 1 << 16;
const RESET_CHANGED: u32 = 1 << 20;
const CHANGES: u32 = 0x1F << 16;

/// Two ports, power for all of them at once.
const ROOT_DESCRIPTOR: u32 = 0x0100_0002;
const POWER_ALL: u32 = 1 << 16;

/// Endpoint descriptor: what is skipped, and where it halts.
const SKIP: u32 = 1 << 14;
const HALTED: u32 = 1;
const TOGGLE_CARRY: u32 = 2;

/// No list is followed further than this in one frame; a list that bites its tail ends here.
const DESCRIPTORS_IN_FRAME: usize = 64;

/// How a transfer ends (the condition code of OHCI 1.0 section 4.3.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Completion {
    Good = 0,
    Stall = 4,
    NoAnswer = 5,
    TooShort = 9,
}

const FRAME: u64 = 1000 * INSTRUCTIONS_PER_MICROSECOND;

/// The controller, its ports, and what hangs on them.
#[derive(Debug)]
pub struct UsbHost {
    registers: Registers,
    ports: [u32; 2],
    camera: Option<UsbCamera>,
    /// What the camera sends back for the request that runs.
    answer: Option<Answer>,
    done: u32,
    next_frame: Option<u64>,
}

impl UsbHost {
    /// A controller as after a reset.
    pub fn new(camera: Option<UsbCamera>) -> Self {
        let registers = Registers::default()
            .with(REVISION, 0x10)
            .with(FRAME_INTERVAL, 0x2EDF)
            .with(ROOT_DESCRIPTOR_A, ROOT_DESCRIPTOR);
        Self { registers, ports: [0; 2], camera, answer: None, done: 0, next_frame: None }
    }

    /// What a register reads as.
    pub fn read(&self, offset: u32) -> u32 {
        match offset {
            INTERRUPT_DISABLE => self.registers.read(INTERRUPT_ENABLE),
            PORT_1 => self.ports[0],
            PORT_2 => self.ports[1],
            _ => self.registers.read(offset),
        }
    }

    /// Sets up, acknowledges, or commands.
    pub fn write(&mut self, offset: u32, value: u32, now: u64) {
        let kept = self.registers.read(offset);
        match offset {
            REVISION | FRAME_NUMBER => {}
            CONTROL => {
                self.registers.write(CONTROL, value);
                let runs = value & STATE == OPERATIONAL;
                self.next_frame = runs.then(|| self.next_frame.unwrap_or(now + FRAME));
            }
            COMMAND_STATUS if value & RESET_REQUEST != 0 => self.restart(),
            COMMAND_STATUS => self.registers.write(COMMAND_STATUS, kept | value),
            INTERRUPT_STATUS => self.registers.write(INTERRUPT_STATUS, kept & !value),
            INTERRUPT_ENABLE => self.registers.write(INTERRUPT_ENABLE, kept | value),
            INTERRUPT_DISABLE => {
                let enabled = self.registers.read(INTERRUPT_ENABLE);
                self.registers.write(INTERRUPT_ENABLE, enabled & !value);
            }
            ROOT_STATUS => {
                if value & POWER_ALL != 0 {
                    self.command_port(0, POWERED);
                    self.command_port(1, POWERED);
                }
            }
            PORT_1 => self.command_port(0, value),
            PORT_2 => self.command_port(1, value),
            _ => self.registers.write(offset, value),
        }
    }

    /// A reset of the controller; the ports keep what hangs on them.
    fn restart(&mut self) {
        let mut camera = self.camera.take();
        if let Some(camera) = &mut camera {
            camera.reset();
        }
        *self = Self::new(camera);
    }

    fn command_port(&mut self, number: usize, value: u32) {
        let has_camera = number == 0 && self.camera.is_some();
        let Some(port) = self.ports.get_mut(number) else { return };
        let before = *port;
        *port &= !(value & CHANGES);
        if value & CONNECTED != 0 {
            *port &= !ENABLED;
        }
        if value & ENABLED != 0 && *port & CONNECTED != 0 {
            *port |= ENABLED;
        }
        if value & POWERED != 0 && *port & POWERED == 0 {
            *port |= POWERED;
            if has_camera {
                *port |= CONNECTED | CONNECT_CHANGED;
            }
        }
        if value & RESET != 0 && *port & CONNECTED != 0 {
            *port |= ENABLED | RESET_CHANGED;
            if let Some(camera) = &mut self.camera {
                camera.reset();
            }
        }
        if *port & CHANGES & !before != 0 {
            self.raise(ROOT_CHANGED);
        }
    }

    fn raise(&mut self, events: u32) {
        self.registers.write(INTERRUPT_STATUS, self.registers.read(INTERRUPT_STATUS) | events);
    }

    /// When the next frame begins.
    pub fn next_event(&self) -> Option<u64> {
        self.next_frame
    }

    /// Whether it interrupts.
    pub fn interrupts(&self) -> bool {
        let enabled = self.registers.read(INTERRUPT_ENABLE);
        enabled & MASTER_ENABLE != 0 && enabled & self.registers.read(INTERRUPT_STATUS) & !MASTER_ENABLE != 0
    }

    /// Lets the time be `now`: a frame for each millisecond.
    pub fn advance(&mut self, now: u64, memory: &mut Memory) {
        while let Some(frame) = self.next_frame.filter(|frame| *frame <= now) {
            self.next_frame = Some(frame + FRAME);
            self.frame(memory);
        }
    }

    fn frame(&mut self, memory: &mut Memory) {
        let number = self.registers.read(FRAME_NUMBER).wrapping_add(1) & 0xFFFF;
        self.registers.write(FRAME_NUMBER, number);
        let area = self.registers.read(HCCA);
        memory.set_dma_word(area.wrapping_add(0x80), number);
        for (list, head) in [CONTROL_HEAD, BULK_HEAD].into_iter().enumerate() {
            self.serve_list(list, head, memory);
        }
        let mut events = START_OF_FRAME;
        if self.done != 0 && self.registers.read(INTERRUPT_STATUS) & DONE_WRITTEN == 0 {
            memory.set_dma_word(area.wrapping_add(0x84), self.done);
            self.registers.write(DONE_HEAD, 0);
            self.done = 0;
            events |= DONE_WRITTEN;
        }
        self.raise(events);
    }

    fn serve_list(&mut self, list: usize, head: u32, memory: &mut Memory) {
        let command = self.registers.read(COMMAND_STATUS);
        let (filled, enabled) = (LIST_FILLED.get(list).copied(), LIST_ENABLED.get(list).copied());
        let (Some(filled), Some(enabled)) = (filled, enabled) else { return };
        if command & filled == 0 || self.registers.read(CONTROL) & enabled == 0 {
            return;
        }
        let mut endpoint = self.registers.read(head);
        let mut found_work = false;
        for _ in 0..DESCRIPTORS_IN_FRAME {
            if endpoint == 0 {
                break;
            }
            found_work |= self.serve_endpoint(endpoint, memory);
            endpoint = memory.dma_word(endpoint.wrapping_add(12)) & !0xF;
        }
        if !found_work {
            self.registers.write(COMMAND_STATUS, command & !filled);
        }
    }

    /// Works off what is queued at an endpoint; tells whether there was anything.
    fn serve_endpoint(&mut self, endpoint: u32, memory: &mut Memory) -> bool {
        let control = memory.dma_word(endpoint);
        let mut found_work = false;
        for _ in 0..DESCRIPTORS_IN_FRAME {
            let head = memory.dma_word(endpoint.wrapping_add(8));
            let (transfer, tail) = (head & !0xF, memory.dma_word(endpoint.wrapping_add(4)) & !0xF);
            if control & SKIP != 0 || head & HALTED != 0 || transfer == tail || transfer == 0 {
                break;
            }
            found_work = true;
            let completion = self.transfer(control, transfer, memory);
            let next = memory.dma_word(transfer.wrapping_add(8)) & !0xF;
            let halted = if completion == Completion::Good { 0 } else { HALTED };
            memory.set_dma_word(endpoint.wrapping_add(8), next | head & TOGGLE_CARRY | halted);
            let flags = memory.dma_word(transfer) & 0x0FFF_FFFF;
            memory.set_dma_word(transfer, flags | (completion as u32) << 28);
            memory.set_dma_word(transfer.wrapping_add(8), self.done);
            self.done = transfer;
        }
        found_work
    }

    /// One transfer descriptor, all of it at once.
    fn transfer(&mut self, endpoint: u32, transfer: u32, memory: &mut Memory) -> Completion {
        let is_up = self.ports[0] & ENABLED != 0;
        let address = endpoint & 0x7F;
        let Some(camera) = self.camera.as_mut().filter(|camera| is_up && u32::from(camera.address()) == address) else {
            return Completion::NoAnswer;
        };
        let flags = memory.dma_word(transfer);
        let buffer = Buffer::of(transfer, memory);
        match flags >> 19 & 3 {
            0 => {
                let setup = buffer.read(memory);
                let Some(setup) = setup.first_chunk::<8>() else { return Completion::Stall };
                self.answer = Some(camera.request(*setup));
                buffer.finish(transfer, memory);
                Completion::Good
            }
            // Data from the camera, or the empty packet that ends a request which sent some.
            2 => match self.answer.take() {
                Some(Answer::Data(bytes)) => {
                    if bytes.is_empty() {
                        camera.finish_request();
                    }
                    let given = buffer.write(&bytes, memory);
                    let is_short = given < buffer.len;
                    if is_short {
                        memory.set_dma_word(transfer.wrapping_add(4), buffer.address(given));
                    } else {
                        buffer.finish(transfer, memory);
                    }
                    self.answer = Some(Answer::Data(bytes.get(given..).unwrap_or_default().to_vec()));
                    let may_be_short = flags & 1 << 18 != 0;
                    if is_short && !may_be_short { Completion::TooShort } else { Completion::Good }
                }
                Some(Answer::Stall) => Completion::Stall,
                None => Completion::NoAnswer,
            },
            // Data for the camera, or the empty packet that ends a request which fetched some.
            _ => match self.answer {
                Some(Answer::Stall) => Completion::Stall,
                _ => {
                    if buffer.len == 0 {
                        camera.finish_request();
                    }
                    buffer.finish(transfer, memory);
                    Completion::Good
                }
            },
        }
    }
}

/// The bytes that a transfer descriptor names, on at most two pages of memory.
struct Buffer {
    start: u32,
    end: u32,
    len: usize,
}

impl Buffer {
    fn of(transfer: u32, memory: &Memory) -> Self {
        let start = memory.dma_word(transfer.wrapping_add(4));
        let end = memory.dma_word(transfer.wrapping_add(12));
        let len = if start == 0 {
            0
        } else if start >> 12 == end >> 12 {
            end.wrapping_sub(start).wrapping_add(1) as usize
        } else {
            (0x1000 - (start & 0xFFF) + (end & 0xFFF) + 1) as usize
        };
        Self { start, end, len: len.min(0x2000) }
    }

    /// Where the byte at `index` lies.
    fn address(&self, index: usize) -> u32 {
        let place = (self.start & 0xFFF) as usize + index;
        let offset = u32::try_from(place & 0xFFF).unwrap_or(0);
        let page = if place < 0x1000 { self.start } else { self.end };
        page & !0xFFF | offset
    }

    fn read(&self, memory: &Memory) -> Vec<u8> {
        (0..self.len).filter_map(|index| memory.dma_bytes(self.address(index), 1).first().copied()).collect()
    }

    /// Writes as much as fits, and says how much that was.
    fn write(&self, bytes: &[u8], memory: &mut Memory) -> usize {
        let given = bytes.len().min(self.len);
        for (index, byte) in bytes.iter().take(given).enumerate() {
            memory.dma_load(self.address(index), &[*byte]);
        }
        given
    }

    /// Notes in the descriptor that all of it was used.
    fn finish(&self, transfer: u32, memory: &mut Memory) {
        memory.set_dma_word(transfer.wrapping_add(4), 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AREA: u32 = 0x1000;
    const ENDPOINT: u32 = 0x2000;
    const TRANSFERS: u32 = 0x2100;
    const BUFFER: u32 = 0x3FF8;

    fn running() -> (UsbHost, Memory) {
        let mut host = UsbHost::new(Some(UsbCamera::default()));
        host.write(HCCA, AREA, 0);
        host.write(CONTROL, OPERATIONAL | LIST_ENABLED[0], 0);
        host.write(INTERRUPT_ENABLE, MASTER_ENABLE | DONE_WRITTEN | ROOT_CHANGED, 0);
        (host, Memory::new(0x8000))
    }

    fn plugged_in() -> (UsbHost, Memory) {
        let (mut host, memory) = running();
        host.write(ROOT_STATUS, POWER_ALL, 0);
        host.write(PORT_1, RESET, 0);
        host.write(PORT_1, CHANGES, 0);
        host.write(INTERRUPT_STATUS, !0, 0);
        (host, memory)
    }

    /// Queues transfers at the endpoint, each with flags and a length, all of them on the same buffer.
    fn queue(memory: &mut Memory, transfers: &[(u32, u32)]) {
        let at = |index: usize| TRANSFERS + 0x10 * u32::try_from(index).unwrap();
        for (index, (flags, len)) in transfers.iter().enumerate() {
            memory.set_dma_word(at(index), *flags);
            memory.set_dma_word(at(index) + 4, if *len == 0 { 0 } else { BUFFER });
            memory.set_dma_word(at(index) + 8, at(index + 1));
            // the buffer lies across the end of a page, and goes on in the one after the next
            let end = if *len > 8 { 0x5000 + len - 9 } else { BUFFER.wrapping_add(*len).wrapping_sub(1) };
            memory.set_dma_word(at(index) + 12, end);
        }
        memory.set_dma_word(ENDPOINT, 8 << 16);
        memory.set_dma_word(ENDPOINT + 4, at(transfers.len()));
        memory.set_dma_word(ENDPOINT + 8, at(0));
    }

    fn serve(host: &mut UsbHost, memory: &mut Memory) {
        host.write(CONTROL_HEAD, ENDPOINT, 0);
        host.write(COMMAND_STATUS, LIST_FILLED[0], 0);
        let now = host.next_event().unwrap();
        host.advance(now, memory);
    }

    const SETUP: u32 = 0;
    const OUT: u32 = 1 << 19;
    const IN: u32 = 2 << 19;
    const MAY_BE_SHORT: u32 = 1 << 18;

    #[test]
    fn a_reset_is_over_at_once_and_frames_count_milliseconds() {
        let (mut host, mut memory) = running();
        assert_eq!(host.read(FRAME_INTERVAL), 0x2EDF);
        host.advance(FRAME * 3, &mut memory);
        assert_eq!((host.read(FRAME_NUMBER), memory.dma_word(AREA + 0x80)), (3, 3));
        assert_eq!(host.read(INTERRUPT_STATUS), START_OF_FRAME);
        host.write(COMMAND_STATUS, RESET_REQUEST, 0);
        assert_eq!((host.read(COMMAND_STATUS), host.next_event()), (0, None));
    }

    #[test]
    fn the_camera_shows_on_the_first_port_once_there_is_power() {
        let (mut host, _) = running();
        assert_eq!((host.read(PORT_1), host.read(ROOT_DESCRIPTOR_A)), (0, ROOT_DESCRIPTOR));
        host.write(PORT_1, POWERED, 0);
        assert_eq!((host.read(PORT_1), host.read(PORT_2)), (POWERED | CONNECTED | CONNECT_CHANGED, 0));
        assert!(host.interrupts());
        host.write(PORT_1, RESET, 0);
        assert_eq!(host.read(PORT_1) & (ENABLED | RESET_CHANGED), ENABLED | RESET_CHANGED);
        host.write(PORT_1, CHANGES, 0);
        host.write(INTERRUPT_STATUS, ROOT_CHANGED, 0);
        assert_eq!((host.read(PORT_1), host.interrupts()), (POWERED | CONNECTED | ENABLED, false));
        let mut empty = UsbHost::new(None);
        empty.write(PORT_1, POWERED | RESET, 0);
        assert_eq!(empty.read(PORT_1), POWERED);
    }

    #[test]
    fn a_request_brings_its_answer_into_memory_and_is_handed_back() {
        let (mut host, mut memory) = plugged_in();
        memory.dma_load(BUFFER, &[0x80, 6, 0, 1, 0, 0, 18, 0]);
        queue(&mut memory, &[(SETUP, 8), (IN | MAY_BE_SHORT, 18), (OUT, 0)]);
        serve(&mut host, &mut memory);
        assert_eq!(memory.dma_bytes(BUFFER, 8), [18, 1, 0x10, 1, 0xFF, 0xFF, 0xFF, 8]);
        assert_eq!(memory.dma_bytes(0x5000, 4), [0xC8, 0x0A, 0x1B, 0x30], "the rest is on the other page");
        assert_eq!(memory.dma_word(AREA + 0x84), TRANSFERS + 0x20, "the last one is the first of the done");
        assert_eq!(memory.dma_word(TRANSFERS + 0x28), TRANSFERS + 0x10);
        assert_eq!((memory.dma_word(TRANSFERS) >> 28, memory.dma_word(TRANSFERS + 0x14)), (0, 0));
        assert!(host.interrupts());
    }

    #[test]
    fn what_the_camera_does_not_know_halts_the_endpoint() {
        let (mut host, mut memory) = plugged_in();
        memory.dma_load(BUFFER, &[0x80, 6, 0, 3, 0, 0, 18, 0]);
        queue(&mut memory, &[(SETUP, 8), (IN, 18), (OUT, 0)]);
        serve(&mut host, &mut memory);
        assert_eq!(memory.dma_word(TRANSFERS + 0x10) >> 28, Completion::Stall as u32);
        assert_eq!(memory.dma_word(ENDPOINT + 8) & HALTED, HALTED);
        assert_eq!(memory.dma_word(TRANSFERS + 0x20), OUT, "what comes behind is not touched");
    }

    #[test]
    fn nobody_answers_at_an_address_without_a_device() {
        let (mut host, mut memory) = plugged_in();
        queue(&mut memory, &[(SETUP, 8)]);
        memory.set_dma_word(ENDPOINT, 5);
        serve(&mut host, &mut memory);
        assert_eq!(memory.dma_word(TRANSFERS) >> 28, Completion::NoAnswer as u32);
    }

    #[test]
    fn lists_that_bite_their_tail_or_lead_nowhere_end() {
        let (mut host, mut memory) = plugged_in();
        memory.set_dma_word(ENDPOINT + 12, ENDPOINT);
        serve(&mut host, &mut memory);
        queue(&mut memory, &[(SETUP, 8)]);
        memory.set_dma_word(TRANSFERS + 8, TRANSFERS);
        serve(&mut host, &mut memory);
        memory.set_dma_word(ENDPOINT + 8, 0xFFFF_FFF0);
        memory.set_dma_word(ENDPOINT + 12, 0x7FFF_FFF0);
        serve(&mut host, &mut memory);
    }
}
