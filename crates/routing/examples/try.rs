use routing::*;
use std::time::Instant;
#[allow(clippy::disallowed_methods)]
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let secs: f64 = args[2].parse().unwrap();
    let seed: u64 = args[3].parse().unwrap();
    let mut params = Params::default();
    for kv in &args[4..] {
        let (k, v) = kv.split_once('=').unwrap();
        let v: f64 = v.parse().unwrap();
        let mut price = |p: f64| (p > 0.0).then_some(p);
        match k {
            "c" => params.removed_mean = v,
            "L" => params.string_visits_max = v as usize,
            "split" => params.split_share = v,
            "depth" => params.split_end_share = v,
            "blink" => params.blink_share = v,
            "open" => params.open_share = v,
            "near" => {
                params.by_load.near = v as usize;
                params.by_time.near = v as usize;
            }
            "hot" => {
                params.by_load.hot = v;
                params.by_time.hot = v;
            }
            "cold" => {
                params.by_load.cold = v;
                params.by_time.cold = v;
            }
            "price" => {
                params.by_time.price = price(v);
            }
            "target" => {
                params.by_time.complete_share = v;
            }
            _ => panic!("{k}"),
        }
    }
    let text = std::fs::read_to_string(&args[1]).unwrap();
    let inst = instance::parse(&text, &args[1]).unwrap();
    let t0 = Instant::now();
    let (problem, _f) = Problem::new(&inst.spec).unwrap();
    let mut its = 0;
    let mut now = 0.0;
    let mut first = true;
    let sol = solve(
        &problem,
        &params,
        units::Seed(seed),
        &mut |s: &Search| {
            if s.iterations % 32 == 0 {
                now = t0.elapsed().as_secs_f64() / secs;
            }
            its = s.iterations;
            now
        },
        &mut |_s, c, i| {
            if first {
                eprintln!("first {:?} {} {:.3}", c, i, t0.elapsed().as_secs_f64());
                first = false;
            }
        },
    );
    let v = check(&inst.spec, &sol);
    println!(
        "{} seed {} {:.1}s cost {} feasible {} its {} routes {} {:?}",
        inst.name,
        seed,
        t0.elapsed().as_secs_f64(),
        v.cost.total,
        v.complete(),
        its,
        sol.routes.len(),
        v.violations.first()
    );
}
