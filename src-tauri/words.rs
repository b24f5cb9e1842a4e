//! The few texts that the system shows, not the screens.

/// In one language.
#[derive(Clone, Copy, Debug)]
pub struct Words {
    /// Brings the window back.
    pub open: &'static str,
    /// Ends the program.
    pub quit: &'static str,
    /// Over the icon.
    pub tooltip: &'static str,
}

/// In the person's language.
pub const fn of(chinese: bool) -> Words {
    if chinese {
        Words {
            open: "打开 Quartermaster", quit: "退出（停止记录）", tooltip: "Quartermaster：正在记录"
        }
    } else {
        Words {
            open: "Open Quartermaster",
            quit: "Quit (recording stops)",
            tooltip: "Quartermaster: recording",
        }
    }
}
