use super::*;

fn days(all: &[(i32, i64)]) -> Vec<(Day, Quantity)> {
    all.iter().map(|(day, units)| (Day(*day), Quantity::of(*units))).collect()
}

fn found(on_hand: &[(i32, i64)], sums: &[(i32, i64)]) -> Vec<i32> {
    empty_days(&days(on_hand), &days(sums), (Day(0), Day(20))).into_iter().map(|day| day.0).collect()
}

#[test]
fn a_day_is_empty_from_the_last_sale_to_the_next_delivery() {
    assert_eq!(found(&[(2, 5), (4, 0), (7, 9)], &[(3, 2), (4, 3), (8, 1)]), [4, 5, 6]);
    assert_eq!(found(&[(2, 5), (18, 0)], &[(18, 5)]), [18, 19, 20], "to the end of what is known");
    assert!(found(&[], &[(3, 2)]).is_empty(), "books that know nothing say nothing");
    assert!(found(&[(2, 5), (30, 0)], &[]).is_empty());
}

#[test]
fn books_that_sales_contradict_are_not_believed() {
    let sold: Vec<(i32, i64)> = (0..21).map(|day| (day, 1)).collect();
    assert!(found(&[(2, 0)], &sold).is_empty());
}
