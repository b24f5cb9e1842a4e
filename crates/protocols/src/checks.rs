//! Checksums that devices put behind their frames.
//!
//! Bytes in, a sum out. Does not know where in a frame it stands. The polynomials are those of the CRC catalogue of
//! Greg Cook; each has its published check value over `123456789` in the tests.

use serde::{Deserialize, Serialize};

/// A kind of checksum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sum {
    /// CRC-16/MODBUS: polynomial 0x8005 reflected, from 0xFFFF.
    #[default]
    Crc16Modbus,
    /// CRC-16/IBM-3740, often called CCITT-FALSE: polynomial 0x1021, from 0xFFFF.
    CrcCcitt,
    /// CRC-16/XMODEM: polynomial 0x1021, from 0.
    CrcXmodem,
    /// All bytes added, and that taken from 256: Modbus ASCII's.
    Lrc,
    /// All bytes by exclusive or: BCC.
    Xor,
    /// All bytes added, the last eight bits.
    Sum8,
}

impl Sum {
    /// How many bytes it is.
    pub fn bytes(self) -> usize {
        match self {
            Self::Crc16Modbus | Self::CrcCcitt | Self::CrcXmodem => 2,
            Self::Lrc | Self::Xor | Self::Sum8 => 1,
        }
    }

    /// The sum over these bytes.
    pub fn over(self, bytes: &[u8]) -> u16 {
        let added = || bytes.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
        match self {
            Self::Crc16Modbus => crc16_modbus(bytes),
            Self::CrcCcitt => crc_1021(bytes, 0xFFFF),
            Self::CrcXmodem => crc_1021(bytes, 0),
            Self::Lrc => u16::from(added().wrapping_neg()),
            Self::Xor => u16::from(bytes.iter().fold(0_u8, |sum, byte| sum ^ byte)),
            Self::Sum8 => u16::from(added()),
        }
    }
}

/// CRC-16/MODBUS.
pub(crate) fn crc16_modbus(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0xFFFF, |sum, &byte| {
        (0..8).fold(sum ^ u16::from(byte), |sum, _| if sum & 1 == 1 { (sum >> 1) ^ 0xA001 } else { sum >> 1 })
    })
}

fn crc_1021(bytes: &[u8], start: u16) -> u16 {
    bytes.iter().fold(start, |sum, &byte| {
        (0..8).fold(sum ^ (u16::from(byte) << 8), |sum, _| {
            if sum & 0x8000 != 0 { (sum << 1) ^ 0x1021 } else { sum << 1 }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sums_are_the_published_ones() {
        let sums = [Sum::Crc16Modbus, Sum::CrcCcitt, Sum::CrcXmodem, Sum::Lrc, Sum::Xor, Sum::Sum8];
        let found: Vec<u16> = sums.iter().map(|sum| sum.over(b"123456789")).collect();
        assert_eq!(found, [0x4B37, 0x29B1, 0x31C3, 0x23, 0x31, 0xDD]);
        // Modbus ASCII's own example: the frame with its LRC adds up to nothing.
        assert_eq!(Sum::Lrc.over(&[0x01, 0x03, 0x00, 0x00, 0x00, 0x0A]), 0xF2);
    }
}
