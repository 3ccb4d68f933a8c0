//! Colours of what is drawn.

/// Red, green and blue.
pub type Color = [u8; 3];

/// Colours that can be told apart, also by those who see few (Okabe and Ito 2008).
pub const COLORS: [Color; 6] = [
    [0, 114, 178],
    [213, 94, 0],
    [0, 158, 115],
    [204, 121, 167],
    [230, 159, 0],
    [86, 180, 233],
];
