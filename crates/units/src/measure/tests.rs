use super::*;
use proptest::prelude::*;

fn of(symbol: &str) -> &'static Measure {
    Measure::parse(symbol).unwrap_or_else(|| panic!("{symbol} is known"))
}

#[test]
fn conversions_are_exact_and_rounded_once() {
    for (value, from, to, expected) in [
        (0, "°C", "°F", 32_000),
        (-40_000, "°C", "°F", -40_000),
        (32_000, "°F", "°C", 0),
        (100, "°F", "°C", -17_722),
        (-273_150, "°C", "K", 0),
        (1_000, "bar", "kPa", 100_000),
        (1_000, "psi", "kPa", 6_895),
        (1_000_000, "psi", "kPa", 6_894_757),
        // Half a thousandth goes away from zero, on both sides.
        (4_500, "W", "kW", 5),
        (-4_500, "W", "kW", -5),
        (4_499, "W", "kW", 4),
        (100_000, "km/h", "mph", 62_137),
        (1_000, "kn", "km/h", 1_852),
        (1_000, "m³", "L", 1_000_000),
        (1_000, "lb", "kg", 454),
        (3_600, "MJ", "kWh", 1_000),
    ] {
        assert_eq!(of(from).convert(Milli(value), of(to)), Some(Milli(expected)), "{value} {from} in {to}");
    }
    assert_eq!(of("°C").convert_difference(Milli(1_000), of("°F")), Some(Milli(1_800)));
    assert_eq!(of("°C").convert(Milli(1), of("kPa")), None, "of another kind");
    assert_eq!(of("t").convert(Milli(i64::MAX), of("g")), None, "does not fit");
    assert_eq!(Measure::parse(" degF ").map(|one| one.symbol), Some("°F"));
    assert_eq!(Measure::parse("furlong"), None);
}

#[test]
fn every_unit_is_named_once() {
    let mut names: Vec<&str> =
        MEASURES.iter().flat_map(|one| std::iter::once(one.symbol).chain(one.also.iter().copied())).collect();
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all);
}

macro_rules! oracle {
    ($value:expr, $quantity:ident, $module:ident, $($symbol:literal $unit:ident),*) => {{
        use uom::si::f64::$quantity;
        use uom::si::$module;
        let value: i64 = $value;
        let mut made: Vec<(&str, $quantity)> = Vec::new();
        $( made.push(($symbol, $quantity::new::<$module::$unit>(value as f64 / 1000.0))); )*
        for (from, quantity) in made {
            $(
                let theirs = quantity.get::<$module::$unit>() * 1000.0;
                let ours = of(from).convert(Milli(value), of($symbol)).expect("it fits").0 as f64;
                // Half a thousandth of rounding, and the seventh digit of what uom knows of a pound.
                let allowed = 0.5 + 1e-6 * theirs.abs().max(value.abs() as f64);
                assert!((ours - theirs).abs() <= allowed, "{value} {from} in {}: {ours}, uom {theirs}", $symbol);
            )*
        }
    }};
}

proptest! {
    #[test]
    fn uom_says_the_same(value in -2_000_000_000..2_000_000_000_i64) {
        oracle!(value, ThermodynamicTemperature, thermodynamic_temperature,
            "°C" degree_celsius, "°F" degree_fahrenheit, "K" kelvin);
        oracle!(value, Pressure, pressure,
            "kPa" kilopascal, "bar" bar, "mbar" millibar, "Pa" pascal, "MPa" megapascal, "psi" pound_force_per_square_inch);
        oracle!(value, Power, power, "kW" kilowatt, "W" watt, "MW" megawatt);
        oracle!(value, Energy, energy, "kWh" kilowatt_hour, "Wh" watt_hour, "MWh" megawatt_hour, "MJ" megajoule);
        oracle!(value, Velocity, velocity,
            "km/h" kilometer_per_hour, "m/s" meter_per_second, "mph" mile_per_hour, "kn" knot);
        oracle!(value, Velocity, velocity, "mm/s" millimeter_per_second, "in/s" inch_per_second);
        oracle!(value, Volume, volume, "m³" cubic_meter, "L" liter);
        oracle!(value, VolumeRate, volume_rate,
            "m³/h" cubic_meter_per_hour, "L/min" liter_per_minute, "L/s" liter_per_second);
        oracle!(value, Mass, mass, "kg" kilogram, "g" gram, "t" ton, "lb" pound);
        oracle!(value, Length, length, "m" meter, "cm" centimeter, "mm" millimeter, "ft" foot, "in" inch);
        oracle!(value, ElectricPotential, electric_potential, "V" volt, "mV" millivolt);
        oracle!(value, ElectricCurrent, electric_current, "A" ampere, "mA" milliampere);
    }

    #[test]
    fn a_finer_unit_and_back_is_the_same(value in -1_000_000_000..1_000_000_000_i64) {
        for (coarse, fine) in [("kW", "W"), ("bar", "Pa"), ("m³", "L"), ("°C", "°F"), ("kn", "km/h"), ("kg", "lb")] {
            let there = of(coarse).convert(Milli(value), of(fine)).expect("it fits");
            prop_assert_eq!(of(fine).convert(there, of(coarse)), Some(Milli(value)), "{} {} {}", value, coarse, fine);
        }
    }
}
