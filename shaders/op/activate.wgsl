// The elementwise functions, of vectors or of single numbers.
// Twin: src/cpu/reference/op/activate.rs. Arguments of exp are bounded, so that no driver's
// overflow shows; tanh is made of it, for WGSL's own may overflow.
fn of_relu(v: Values) -> Values {
    return max(v, Values(0.0));
}

fn of_sigmoid(v: Values) -> Values {
    return 1.0 / (1.0 + exp(min(-v, Values(80.0))));
}

fn of_silu(v: Values) -> Values {
    return v * of_sigmoid(v);
}

// x·Φ(x) with erfc by Abramowitz & Stegun 7.1.26, |error| ≤ 1.5e-7.
fn of_gelu(v: Values) -> Values {
    let a = abs(v) * 0.70710678;
    let t = 1.0 / (1.0 + 0.3275911 * a);
    let p = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
    let half_erfc = 0.5 * p * exp(max(-a * a, Values(-80.0)));
    return v * select(half_erfc, 1.0 - half_erfc, v >= Values(0.0));
}

// 0.5·x·(1 + tanh(u)) = x / (1 + exp(−2u))
fn of_gelu_tanh(v: Values) -> Values {
    return v * of_sigmoid(1.5957691216 * (v + 0.044715 * v * v * v));
}

// tanh(ln(1 + e)) = n / (n + 2) with n = e·(e + 2): no difference of numbers that are close.
fn of_mish(v: Values) -> Values {
    let e = exp(min(v, Values(20.0)));
    let n = e * (e + 2.0);
    return v * (n / (n + 2.0));
}

// From the series where the quotient is a small difference.
fn of_tanh(v: Values) -> Values {
    let v2 = v * v;
    let near = v * (1.0 + v2 * (-0.33333333 + v2 * (0.13333333 + v2 * (-0.053968254 + v2 * 0.021869489))));
    let far = 1.0 - 2.0 / (1.0 + exp(min(2.0 * abs(v), Values(80.0))));
    return select(far * sign(v), near, abs(v) < Values(0.3));
}

fn of_softplus(v: Values) -> Values {
    return max(v, Values(0.0)) + log(1.0 + exp(-min(abs(v), Values(80.0))));
}

fn of_elu(v: Values) -> Values {
    let below = exp(max(min(v, Values(0.0)), Values(-80.0))) - 1.0;
    return select(below, v, v > Values(0.0));
}

fn of_selu(v: Values) -> Values {
    return 1.0507009873554805 * select(1.6732632423543772 * of_elu(v), v, v > Values(0.0));
}

fn of_leaky_relu(v: Values, slope: f32) -> Values {
    return select(slope * v, v, v > Values(0.0));
}

// sin(angle + quarters·π/2). WGSL's own sin is only good to 2⁻¹¹ and only in [−π, π]; this one
// reduces the argument in three exact pieces of π/2 and is good to 2 ULP of 1 for |angle| < 2¹³.
// Beyond 2¹⁶ quarters the pieces are exact no longer, and what is left of a large angle would not
// be in [−π/4, π/4]. The remainder of the rounded product is as good as the angle there, and the
// limits are for compilers that do not round it. NaN goes the first way and stays what it is.
fn wave(angle: Values, quarters: u32) -> Values {
    let quarter_turns = angle * 0.63661977;
    let n = round(quarter_turns);
    let near = ((angle - n * 1.5703125) - n * 4.837512969970703e-4) - n * 7.549789948768648e-8;
    let far = clamp((quarter_turns - n) * 1.5707964, Values(-0.7853982), Values(0.7853982));
    let r = select(near, far, abs(n) >= Values(65536.0));
    let r2 = r * r;
    let s = r + r * r2 * (-1.6666654611e-1 + r2 * (8.3321608736e-3 - r2 * 1.9515295891e-4));
    let c = 1.0 - 0.5 * r2 + r2 * r2 * (4.166664568298827e-2 + r2 * (-1.388731625493765e-3 + r2 * 2.443315711809948e-5));
    let turned = n - 4.0 * floor(n * 0.25) + f32(quarters);
    let quadrant = select(turned, turned - 4.0, turned >= Values(4.0));
    // 1 and 3 are as far from 2.
    let value = select(s, c, abs(quadrant - 2.0) == Values(1.0));
    return select(value, -value, quadrant >= Values(2.0));
}

fn of_sin(v: Values) -> Values {
    return wave(v, 0u);
}

fn op_activate(op: u32) {
    let out = program[op + OP_OUT];
    for (var c = first_column(); c < program[op + OP_WIDTH]; c += COLUMN_GROUPS) {
        let value = combine(op + 7u, program[op + 4u], c);
        store(out + c, activate(program[op + 5u], number(op + 6u), value));
    }
}
