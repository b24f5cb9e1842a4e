use super::*;
use proptest::prelude::*;

fn point() -> impl Strategy<Value = Point> {
    let number =
        prop_oneof![4 => -2_000_i64..2_000, 1 => any::<i64>(), 1 => Just(i64::MIN), 1 => Just(i64::MAX)];
    (number.clone(), number.clone(), number.clone(), prop::option::weighted(0.9, number), any::<u8>())
        .prop_map(|(at, sequence, after, value, quality)| Point { at, sequence, after, value, quality })
}

fn opened(piece: &[u8]) -> Result<Vec<Point>, Damage> {
    let mut points = vec![Point::default()];
    Coder::new().decode(piece, &mut points).map(|()| points)
}

/// Once a second on a clock that jitters by 5 ms, a slow wave with noise at 0.01.
fn sensor(count: i64) -> Vec<Point> {
    let mut state = 7_u64;
    let mut draw = |bound: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % bound
    };
    (0..count)
        .map(|n| Point {
            at: 1_795_000_000_000 + n * 1_000 + draw(11) as i64 - 5,
            sequence: 9_000_000 + n * 200,
            after: 0,
            value: Some(4_000 + (n / 90 % 40) * 10 + draw(5) as i64 * 10),
            quality: 0,
        })
        .collect()
}

proptest! {
    #[test]
    fn what_goes_in_comes_out(points in prop::collection::vec(point(), 0..300)) {
        prop_assert_eq!(opened(&Coder::new().encode(&points)), Ok(points));
    }

    /// Steps, lines and noise, where the guesses are at home.
    #[test]
    fn series_come_out(start in any::<i64>(), step in -5_000_i64..5_000, scale in 1_i64..1_000, noise in prop::collection::vec(-9_i64..10, 1..400)) {
        let mut at = start;
        let points: Vec<Point> = noise
            .iter()
            .map(|left| {
                at = at.wrapping_add(step);
                Point { at: at.wrapping_add(*left), value: Some(left.wrapping_mul(scale)), ..Point::default() }
            })
            .collect();
        prop_assert_eq!(opened(&Coder::new().encode(&points)), Ok(points));
    }

    #[test]
    fn any_bytes_return(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        fuzz(&bytes);
    }

    /// Bytes of real pieces, changed behind a checksum that fits.
    #[test]
    fn changed_pieces_return(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6), cut in any::<prop::sample::Index>()) {
        let mut piece = Coder::new().encode(&sensor(64));
        for (place, byte) in changes {
            let place = place.index(piece.len());
            piece[place] = byte;
        }
        piece.truncate(cut.index(piece.len() + 1));
        fuzz(&piece);
    }
}

#[test]
fn every_flipped_bit_is_found() {
    let piece = Coder::new().encode(&sensor(200));
    for place in 0..piece.len() {
        for bit in 0..8 {
            let mut flipped = piece.clone();
            flipped[place] ^= 1 << bit;
            assert_eq!(opened(&flipped), Err(Damage::Checksum), "byte {place}, bit {bit}");
        }
    }
    assert_eq!(opened(&piece[..piece.len() - 1]), Err(Damage::Checksum));
}

#[test]
fn a_lying_length_allocates_nothing() {
    for length in [u64::MAX, u64::from(u32::MAX), PACKED_MAX as u64 + 1, POINTS_MAX as u64 + 1] {
        let mut packed = Vec::new();
        put_int(&mut packed, length);
        assert_eq!(opened(&seal_plain(Kind::Chunk, &packed)), Err(Damage::Form));
        let mut piece = vec![0; HEAD];
        piece[5] = ZSTD;
        put_int(&mut piece, length);
        finish(Kind::Chunk, &mut piece);
        assert_eq!(opened(&piece), Err(Damage::Form));
    }
}

#[test]
fn a_reading_takes_about_a_byte() {
    let points = sensor(4_096);
    let bytes = Coder::new().encode(&points).len();
    assert!(bytes * 10 <= points.len() * 11, "{bytes} bytes for {} readings", points.len());
}
