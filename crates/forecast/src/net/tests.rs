use super::*;

#[test]
fn rows_are_padded_and_carry_their_season() {
    let mut batch = NetBatch::default();
    batch.push(&[Some(1.0), None, Some(3.0)], 1);
    let daily: Vec<Option<f64>> =
        (0..200).map(|day| if day == 195 { None } else { Some(f64::from(day)) }).collect();
    batch.push(&daily, 7);
    assert_eq!((batch.rows, batch.context.len(), batch.season.len()), (2, 2 * CONTEXT, 2 * HORIZON));
    assert_eq!(batch.context[CONTEXT - 4..CONTEXT], [0.0, 1.0, 0.0, 3.0]);
    assert_eq!(batch.observed[CONTEXT - 4..CONTEXT], [0.0, 1.0, 0.0, 1.0]);
    assert_eq!(
        batch.season[..HORIZON],
        [2.0; HORIZON],
        "without a season: the mean of the last eight observed"
    );
    assert_eq!(batch.context[CONTEXT], 72.0);
    // One week ago; two where that is missing.
    assert_eq!(batch.season[HORIZON..HORIZON + 8], [193.0, 194.0, 188.0, 196.0, 197.0, 198.0, 199.0, 193.0]);
    batch.push(&[], 7);
    assert_eq!(batch.season[2 * HORIZON..], [0.0; HORIZON]);
}
