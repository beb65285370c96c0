//! A toy of the camera's own image sensor, which hangs on the USB: it answers the questions of the kernel's "dvm" driver
//! and never sends a picture.
//!
//! 0AC8:301B, one interface with eight settings, requests A0 (write a register) and A1 (read one); the sensor behind it
//! says that it is number 0x8243 (soc-for-emulation.md section 9, certain).

const DEVICE_DESCRIPTOR: [u8; 18] = [
    18, 1, 0x10, 0x01, 0xFF, 0xFF, 0xFF, 8, // USB 1.1, a class of the maker's own, 8 bytes in a packet
    0xC8, 0x0A, 0x1B, 0x30, 0x00, 0x01, 0, 0, 0, 1, // 0AC8:301B, no strings, one configuration
];

/// The bytes in a packet of pictures, for each setting of the interface.
const PACKET_LENS: [u16; 8] = [0, 128, 192, 256, 384, 512, 768, 1023];

const GET_STATUS: u8 = 0;
const CLEAR_FEATURE: u8 = 1;
const SET_FEATURE: u8 = 3;
const SET_ADDRESS: u8 = 5;
const GET_DESCRIPTOR: u8 = 6;
const GET_CONFIGURATION: u8 = 8;
const SET_CONFIGURATION: u8 = 9;
const GET_INTERFACE: u8 = 10;
const SET_INTERFACE: u8 = 11;
const WRITE_REGISTER: u8 = 0xA0;
const READ_REGISTER: u8 = 0xA1;

/// What the camera says to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// These bytes, none if nothing was asked for.
    Data(Vec<u8>),
    /// It does not know the request.
    Stall,
}

/// The camera on its cable.
#[derive(Debug, Default)]
pub struct UsbCamera {
    address: u8,
    /// Takes effect when the request that set it is over.
    next_address: Option<u8>,
    configuration: u8,
    setting: u8,
}

impl UsbCamera {
    /// The address that it listens to.
    pub fn address(&self) -> u8 {
        self.address
    }

    /// What a reset of its port does.
    pub fn reset(&mut self) {
        *self = Self::default();
    }

    /// A control request begins.
    pub fn request(&mut self, setup: [u8; 8]) -> Answer {
        let [kind, request, value_low, value_high, index_low, _, length_low, length_high] = setup;
        let answer = match (kind & 0x60, request) {
            (0x00, GET_DESCRIPTOR) => descriptor(value_high),
            (0x00, SET_ADDRESS) => {
                self.next_address = Some(value_low & 0x7F);
                Some(Vec::new())
            }
            (0x00, SET_CONFIGURATION) => {
                self.configuration = value_low;
                Some(Vec::new())
            }
            (0x00, SET_INTERFACE) => {
                self.setting = value_low;
                Some(Vec::new())
            }
            (0x00, GET_CONFIGURATION) => Some(vec![self.configuration]),
            (0x00, GET_INTERFACE) => Some(vec![self.setting]),
            (0x00, GET_STATUS) => Some(vec![0, 0]),
            (0x00, CLEAR_FEATURE | SET_FEATURE) | (0x40, WRITE_REGISTER) => Some(Vec::new()),
            (0x40, READ_REGISTER) => Some(vec![register(index_low)]),
            _ => None,
        };
        let wanted = usize::from(u16::from_le_bytes([length_low, length_high]));
        answer.map_or(Answer::Stall, |mut bytes| {
            bytes.truncate(wanted);
            Answer::Data(bytes)
        })
    }

    /// A control request is over.
    pub fn finish_request(&mut self) {
        if let Some(address) = self.next_address.take() {
            self.address = address;
        }
    }
}

fn descriptor(kind: u8) -> Option<Vec<u8>> {
    match kind {
        1 => Some(DEVICE_DESCRIPTOR.to_vec()),
        2 => Some(configuration()),
        _ => None,
    }
}

fn configuration() -> Vec<u8> {
    let mut interfaces = Vec::new();
    for (setting, packet_len) in (0..).zip(PACKET_LENS) {
        let [low, high] = packet_len.to_le_bytes();
        interfaces.extend([9, 4, 0, setting, 1, 0xFF, 0xFF, 0xFF, 0]);
        interfaces.extend([7, 5, 0x81, 1, low, high, 1]);
    }
    let len = u16::try_from(interfaces.len() + 9).unwrap_or(u16::MAX);
    let [low, high] = len.to_le_bytes();
    let mut bytes = vec![9, 2, low, high, 1, 1, 0, 0x80, 250];
    bytes.extend(interfaces);
    bytes
}

/// The registers by which the driver finds out which sensor there is.
fn register(number: u8) -> u8 {
    match number {
        0x95 => 0x43,
        0x96 => 0x82,
        _ => 0x00,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_introduces_itself_with_eight_settings_of_one_interface() {
        let mut camera = UsbCamera::default();
        let Answer::Data(device) = camera.request([0x80, 6, 0, 1, 0, 0, 18, 0]) else { panic!() };
        assert_eq!((device.len(), &device[8..12]), (18, [0xC8, 0x0A, 0x1B, 0x30].as_slice()));
        let Answer::Data(all) = camera.request([0x80, 6, 0, 2, 0, 0, 255, 0]) else { panic!() };
        assert_eq!((all.len(), u16::from_le_bytes([all[2], all[3]]), all[4]), (137, 137, 1));
        assert_eq!(camera.request([0x80, 6, 0, 2, 0, 0, 9, 0]), Answer::Data(all[..9].to_vec()));
        assert_eq!(camera.request([0x80, 6, 0, 3, 0, 0, 255, 0]), Answer::Stall, "it has no strings");
    }

    #[test]
    fn its_sensor_is_an_mi360() {
        let mut camera = UsbCamera::default();
        let mut read = |register| camera.request([0xC0, 0xA1, 1, 0, register, 0, 1, 0]);
        assert_eq!(read(0x91), Answer::Data(vec![0]));
        assert_eq!((read(0x95), read(0x96)), (Answer::Data(vec![0x43]), Answer::Data(vec![0x82])));
        assert_eq!(camera.request([0x40, 0xA0, 1, 0, 0, 0, 0, 0]), Answer::Data(Vec::new()));
    }

    #[test]
    fn a_new_address_counts_when_the_request_is_over() {
        let mut camera = UsbCamera::default();
        camera.request([0, 5, 2, 0, 0, 0, 0, 0]);
        assert_eq!(camera.address(), 0);
        camera.finish_request();
        assert_eq!(camera.address(), 2);
        camera.reset();
        assert_eq!(camera.address(), 0);
    }
}
