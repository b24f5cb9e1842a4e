//! ABC and XYZ classes: which items make the value, and whose demand can be relied on.

use domain::count::AbcClass;

/// Of the yearly value, in thousandths: A's items make the first 80 %, B's the next 15 %.
const A_PERMILLE: i128 = 800;
const B_PERMILLE: i128 = 950;

/// How steady the demand of an item is, by the coefficient of variation of its weeks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum XyzClass {
    /// Steady: up to 0.5.
    X,
    /// Varying: up to 1.
    Y,
    /// Erratic, or none at all.
    Z,
}

/// The ABC class of each value (demand of a year at cost), in the order given. The item that crosses a bound still belongs to the class
/// before it, so that a site with one item has an A; what has no value is C. Equal values have equal classes.
///
/// Source: Dickie, "ABC inventory analysis shoots for dollars, not pennies", Factory Management and Maintenance 109 (1951).
pub fn abc(values: &[i64]) -> Vec<AbcClass> {
    let total: i128 = values.iter().map(|value| i128::from((*value).max(0))).sum();
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by_key(|place| -i128::from(values[*place]));
    let mut classes = vec![AbcClass::C; values.len()];
    let mut before = 0_i128;
    let mut last: Option<(i64, AbcClass)> = None;
    for place in order {
        let value = values[place];
        if value <= 0 {
            break;
        }
        let class = match last {
            Some((equal, class)) if equal == value => class,
            _ if before * 1_000 < total * A_PERMILLE => AbcClass::A,
            _ if before * 1_000 < total * B_PERMILLE => AbcClass::B,
            _ => AbcClass::C,
        };
        classes[place] = class;
        last = Some((value, class));
        before += i128::from(value);
    }
    classes
}

/// The XYZ class of an item's demand by week, weeks without any included.
pub fn xyz(weeks: &[f64]) -> XyzClass {
    let count = weeks.len() as f64;
    let mean = weeks.iter().sum::<f64>() / count;
    if weeks.len() < 2 || mean.is_nan() || mean <= 0.0 {
        return XyzClass::Z;
    }
    let variance = weeks.iter().map(|week| (week - mean).powi(2)).sum::<f64>() / (count - 1.0);
    match variance.sqrt() / mean {
        cv if cv <= 0.5 => XyzClass::X,
        cv if cv <= 1.0 => XyzClass::Y,
        _ => XyzClass::Z,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use AbcClass::{A, B, C};
    use proptest::prelude::*;

    #[test]
    fn few_items_make_most_of_the_value() {
        assert_eq!(abc(&[5, 700, 100, 100, 50, 0, 45]), [C, A, A, A, B, C, C]);
        assert_eq!(abc(&[7]), [A]);
        assert_eq!(abc(&[0, -3]), [C, C]);
        assert_eq!(abc(&[i64::MAX, i64::MAX]), [A, A]);
        assert_eq!(abc(&[]), []);
    }

    #[test]
    fn steady_varying_erratic() {
        assert_eq!(xyz(&[10.0, 11.0, 9.0, 10.0]), XyzClass::X);
        assert_eq!(xyz(&[10.0, 2.0, 18.0, 10.0]), XyzClass::Y);
        assert_eq!(xyz(&[0.0, 0.0, 40.0, 0.0]), XyzClass::Z);
        assert_eq!((xyz(&[0.0, 0.0]), xyz(&[3.0]), xyz(&[])), (XyzClass::Z, XyzClass::Z, XyzClass::Z));
    }

    proptest! {
        #[test]
        fn a_more_valuable_item_never_has_a_later_class(values in prop::collection::vec(-5i64..1_000, 0..40)) {
            let classes = abc(&values);
            for (one, class) in values.iter().zip(&classes) {
                for (other, theirs) in values.iter().zip(&classes) {
                    prop_assert!(one <= other || class <= theirs);
                }
            }
            let of = |wanted: AbcClass| -> i64 { values.iter().zip(&classes).filter(|(_, c)| **c == wanted).map(|(v, _)| *v).sum() };
            let total: i64 = values.iter().map(|v| (*v).max(0)).sum();
            prop_assert!(total == 0 || of(A) * 1_000 >= total * 800, "A makes its share");
        }
    }
}
