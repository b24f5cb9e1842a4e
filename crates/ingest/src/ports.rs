//! The serial ports of this machine.

use crate::{Error, ErrorKind};
use serialport::SerialPortType;

/// A serial port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortInfo {
    /// What to open: `/dev/ttyUSB0`, `COM3`.
    pub path: String,
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
    let mut ports: Vec<PortInfo> = found.into_iter().map(described).collect();
    ports.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(ports)
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
    let (vendor, product, serial_number) =
        usb.map_or((None, None, None), |usb| (usb.manufacturer, usb.product, usb.serial_number));
    let description = match (&vendor, &product) {
        (Some(vendor), Some(product)) => format!("{vendor} {product}"),
        (None, Some(one)) | (Some(one), None) => one.clone(),
        (None, None) => kind.to_owned(),
    };
    PortInfo { path: port.port_name, description, vendor, product, serial_number, usb: ids }
}
