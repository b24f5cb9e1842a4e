//! One process's door: owner lock, authenticated loopback endpoint, the screens, and the way to attach.
