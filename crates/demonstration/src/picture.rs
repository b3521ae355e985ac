//! Pictures of screens, drawn here: a frame, some rows with bars, and DEMO in large letters.

const WIDTH: usize = 400;
const HEIGHT: usize = 240;

/// Colours: white, ink, light blue, green, orange, red, grey, header blue.
const PALETTE: [[u8; 3]; 8] = [
    [255, 255, 255],
    [26, 26, 26],
    [217, 230, 255],
    [44, 140, 92],
    [230, 140, 60],
    [206, 0, 0],
    [200, 200, 200],
    [0, 23, 193],
];

struct Canvas(Vec<u8>);

impl Canvas {
    fn new() -> Self {
        Self(vec![0; WIDTH * HEIGHT])
    }

    fn fill(&mut self, (left, top): (usize, usize), (width, height): (usize, usize), colour: u8) {
        for line in top..(top + height).min(HEIGHT) {
            let row = line * WIDTH;
            let pixels = self.0.get_mut(row + left..row + (left + width).min(WIDTH));
            if let Some(pixels) = pixels {
                pixels.fill(colour);
            }
        }
    }

    /// Letters of five by seven, each point so large.
    fn write(&mut self, letters: &[[u8; 7]], (left, top): (usize, usize), size: usize, colour: u8) {
        for (place, letter) in letters.iter().enumerate() {
            for (line, bits) in letter.iter().enumerate() {
                for column in 0..5 {
                    if bits >> (4 - column) & 1 == 1 {
                        let at = (left + (place * 6 + column) * size, top + line * size);
                        self.fill(at, (size, size), colour);
                    }
                }
            }
        }
    }

    fn png(&self) -> Vec<u8> {
        // Four bits for a pixel; each line begins with the kind of its filter: none.
        let mut lines = Vec::with_capacity(HEIGHT * (WIDTH / 2 + 1));
        for line in self.0.chunks(WIDTH) {
            lines.push(0);
            for pair in line.chunks(2) {
                let colour = |place: usize| pair.get(place).copied().unwrap_or_default();
                lines.push(colour(0) << 4 | colour(1));
            }
        }
        let side = |length: usize| u32::try_from(length).unwrap_or(0).to_be_bytes();
        let mut header = Vec::new();
        header.extend(side(WIDTH));
        header.extend(side(HEIGHT));
        // Bit depth 4, indexed colours, deflate, usual filters, not interlaced.
        header.extend([4, 3, 0, 0, 0]);
        let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
        chunk(&mut file, b"IHDR", &header);
        chunk(&mut file, b"PLTE", PALETTE.as_flattened());
        chunk(
            &mut file,
            b"tEXt",
            b"Comment\0Sample data of a demonstration; nothing in it exists",
        );
        chunk(&mut file, b"IDAT", &stored(&lines));
        chunk(&mut file, b"IEND", &[]);
        file
    }
}

/// A zlib stream (RFC 1950) of stored blocks (RFC 1951 §3.2.4): a picture of a few kilobytes needs
/// no compression.
fn stored(bytes: &[u8]) -> Vec<u8> {
    let mut stream = vec![0x78, 0x01];
    let blocks = bytes.chunks(usize::from(u16::MAX));
    let last = blocks.len().saturating_sub(1);
    for (number, block) in blocks.enumerate() {
        stream.push(u8::from(number == last));
        let length = u16::try_from(block.len()).unwrap_or(0);
        stream.extend(length.to_le_bytes());
        stream.extend((!length).to_le_bytes());
        stream.extend(block);
    }
    let (mut low, mut high) = (1_u32, 0_u32);
    for byte in bytes {
        low = (low + u32::from(*byte)) % 65_521;
        high = (high + low) % 65_521;
    }
    stream.extend((high << 16 | low).to_be_bytes());
    stream
}

fn chunk(file: &mut Vec<u8>, kind: &[u8; 4], content: &[u8]) {
    file.extend(u32::try_from(content.len()).unwrap_or(0).to_be_bytes());
    let mut crc = u32::MAX;
    for byte in kind.iter().chain(content) {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 {
                crc >> 1 ^ 0xEDB8_8320
            } else {
                crc >> 1
            };
        }
    }
    file.extend(kind);
    file.extend(content);
    file.extend((!crc).to_be_bytes());
}

const DEMO: [[u8; 7]; 4] = [
    [0x1E, 0x11, 0x11, 0x11, 0x11, 0x11, 0x1E],
    [0x1F, 0x10, 0x10, 0x1E, 0x10, 0x10, 0x1F],
    [0x11, 0x1B, 0x15, 0x15, 0x11, 0x11, 0x11],
    [0x0E, 0x11, 0x11, 0x11, 0x11, 0x11, 0x0E],
];

fn screen(rows: &[(usize, u8)]) -> Vec<u8> {
    let mut canvas = Canvas::new();
    canvas.fill((0, 0), (WIDTH, HEIGHT), 2);
    canvas.fill((0, 0), (WIDTH, 28), 7);
    canvas.write(&DEMO, (12, 7), 2, 0);
    canvas.fill((16, 44), (WIDTH - 32, HEIGHT - 60), 0);
    for (line, (length, colour)) in rows.iter().enumerate() {
        let top = 56 + line * 24;
        canvas.fill((28, top), (96, 10), 6);
        canvas.fill((140, top), (*length, 10), *colour);
        canvas.fill((28, top + 17), (WIDTH - 56, 1), 6);
    }
    canvas.write(&DEMO, (96, 110), 9, 5);
    canvas.png()
}

/// A screen on which three of seven devices wait for an update.
pub(crate) fn updates() -> Vec<u8> {
    screen(&[
        (220, 3),
        (220, 3),
        (180, 4),
        (220, 3),
        (150, 4),
        (220, 3),
        (90, 4),
    ])
}

/// A screen with the rules of a router.
pub(crate) fn filter() -> Vec<u8> {
    screen(&[(120, 3), (120, 3), (160, 1), (200, 1), (120, 3), (60, 6)])
}
