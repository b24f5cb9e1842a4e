//! The serial ports of this machine.

use crate::{Error, ErrorKind};
use serialport::SerialPortType;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// A serial port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortInfo {
    /// What to open: `/dev/ttyUSB0`, `COM3`.
    pub path: String,
    /// A name that stays with the device whatever socket it is plugged into, where the system gives one
    /// (`/dev/serial/by-id/…`).
    pub stable: Option<String>,
    /// What it is, in words of the device or of its kind.
    pub description: String,
    /// The maker's name, where the device tells.
    pub vendor: Option<String>,
    /// The product's name, where the device tells.
    pub product: Option<String>,
    /// The serial number, where the device tells: finds a device again on another socket.
    pub serial_number: Option<String>,
    /// Vendor and product id of USB.
    pub usb: Option<(u16, u16)>,
}

/// Lists the serial ports, by path. Pseudo-terminals are not listed; a person writes their path.
pub fn ports() -> Result<Vec<PortInfo>, Error> {
    let found = serialport::available_ports().map_err(|error| Error {
        kind: ErrorKind::Transient,
        message: format!("Listing the serial ports: {error}. A port can still be used by writing its path."),
        source: Some(Box::new(error)),
    })?;
    let lasting = lasting(Path::new("/dev/serial/by-id"));
    let mut ports: Vec<PortInfo> = found.into_iter().map(described).collect();
    for port in &mut ports {
        port.stable = lasting.get(Path::new(&port.path)).cloned();
    }
    ports.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(ports)
}

/// Whether something listens at an address; asked for a moment only.
pub async fn answers(address: &str) -> bool {
    let connecting = tokio::net::TcpStream::connect(address);
    tokio::time::timeout(crate::limits::LOOK_MAX, connecting).await.is_ok_and(|stream| stream.is_ok())
}

/// The names that udev gives by maker, product and serial number, by what they lead to. No such folder: no such names.
fn lasting(folder: &Path) -> HashMap<PathBuf, String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return HashMap::new() };
    entries
        .filter_map(|entry| {
            let name = entry.ok()?.path();
            Some((std::fs::canonicalize(&name).ok()?, name.to_str()?.to_owned()))
        })
        .collect()
}

/// Makers of the usual adapters and devices, for those that don't tell their name (ids from the USB ID Repository,
/// linux-usb.org).
const MAKERS: [(u16, &str); 20] = [
    (0x0403, "FTDI"),
    (0x0451, "Texas Instruments"),
    (0x0483, "STMicroelectronics"),
    (0x04b4, "Cypress"),
    (0x04d8, "Microchip"),
    (0x04e2, "Exar"),
    (0x0557, "ATEN"),
    (0x05e0, "Zebra (Symbol)"),
    (0x05f9, "Datalogic"),
    (0x067b, "Prolific"),
    (0x0c2e, "Honeywell"),
    (0x0eb8, "Mettler-Toledo"),
    (0x10c4, "Silicon Labs"),
    (0x110a, "Moxa"),
    (0x1546, "u-blox"),
    (0x1a86, "WCH (CH340)"),
    (0x2341, "Arduino"),
    (0x239a, "Adafruit"),
    (0x2e8a, "Raspberry Pi"),
    (0x303a, "Espressif"),
];

fn maker(id: u16) -> Option<String> {
    MAKERS.iter().find(|(known, _)| *known == id).map(|(_, name)| (*name).to_owned())
}

fn described(port: serialport::SerialPortInfo) -> PortInfo {
    let kind = match &port.port_type {
        SerialPortType::UsbPort(_) => "USB",
        SerialPortType::BluetoothPort => "Bluetooth",
        SerialPortType::PciPort => "PCI",
        SerialPortType::Unknown => "Serial",
    };
    let usb = match port.port_type {
        SerialPortType::UsbPort(usb) => Some(usb),
        _ => None,
    };
    let ids = usb.as_ref().map(|usb| (usb.vid, usb.pid));
    let (vendor, product, serial_number) = usb.map_or((None, None, None), |usb| {
        (usb.manufacturer.or(maker(usb.vid)), usb.product, usb.serial_number)
    });
    let description = match (&vendor, &product) {
        (Some(vendor), Some(product)) => format!("{vendor} {product}"),
        (None, Some(one)) | (Some(one), None) => one.clone(),
        (None, None) => kind.to_owned(),
    };
    PortInfo { path: port.port_name, stable: None, description, vendor, product, serial_number, usb: ids }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_lasting_name_is_found_by_what_it_leads_to() {
        let folder = tempfile::TempDir::new().unwrap();
        let port = folder.path().join("ttyUSB7");
        std::fs::write(&port, "").unwrap();
        let ids = folder.path().join("by-id");
        std::fs::create_dir(&ids).unwrap();
        std::os::unix::fs::symlink("../ttyUSB7", ids.join("usb-FTDI_A1-port0")).unwrap();
        let found = lasting(&ids);
        let real = std::fs::canonicalize(&port).unwrap();
        assert!(found[&real].ends_with("by-id/usb-FTDI_A1-port0"), "{found:?}");
        assert!(lasting(&folder.path().join("none")).is_empty());
    }

    #[test]
    fn a_maker_that_is_not_told_is_known_by_its_number() {
        assert_eq!(maker(0x0403).as_deref(), Some("FTDI"));
        assert_eq!(maker(1), None);
    }
}
