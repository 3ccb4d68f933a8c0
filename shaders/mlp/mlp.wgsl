// What both MLP kernels share: the model's buffers, its features and its biases.
// Weights are packed by src/gpu/mlp/packing.rs: each layer [inputs][outputs], outputs
// contiguous and padded with zeros.
@group(1) @binding(0) var<storage, read> weights: array<Stored>;
// The output's bias, the input embedding's frequencies, and from BIASES_AT the additive bias of
// every hidden layer: [class rows, then plan rows][layer][HIDDEN], folded on the host
@group(1) @binding(1) var<storage, read> biases: array<vec4<f32>>;
// Row of the class table of each sample of the part
@group(1) @binding(2) var<storage, read> classes: array<u32>;

const LAYERS: u32 = BLOCKS + 1u;

// sin(angle + quarters·π/2). WGSL's own sin is only good to 2⁻¹¹ and only in [−π, π]; this one
// reduces the argument in three exact pieces of π/2 and is good to 2 ULP of 1 for |angle| < 2¹³.
// Beyond 2¹⁶ quarters the pieces are exact no longer, and what is left of a large angle would not
// be in [−π/4, π/4]. The remainder of the rounded product is as good as the angle there, and the
// limits are for compilers that do not round it. NaN goes the first way and stays what it is.
fn sine(angle: f32, quarters: u32) -> f32 {
    let quarter_turns = angle * 0.63661977;
    let n = round(quarter_turns);
    let near = ((angle - n * 1.5703125) - n * 4.837512969970703e-4) - n * 7.549789948768648e-8;
    let far = clamp((quarter_turns - n) * 1.5707964, -0.7853982, 0.7853982);
    let r = select(near, far, abs(n) >= 65536.0);
    let r2 = r * r;
    let s = r + r * r2 * (-1.6666654611e-1 + r2 * (8.3321608736e-3 - r2 * 1.9515295891e-4));
    let c = 1.0 - 0.5 * r2 + r2 * r2 * (4.166664568298827e-2 + r2 * (-1.388731625493765e-3 + r2 * 2.443315711809948e-5));
    let quadrant = (u32(n - 4.0 * floor(n * 0.25)) + quarters) & 3u;
    let value = select(s, c, (quadrant & 1u) == 1u);
    return select(value, -value, quadrant >= 2u);
}

// Which component of its quad a value is: `i % 4u`, in a form that FXC 10.0 compiles right.
// Its optimiser takes the byte offset of `vector[i % 4u]` for a constant in some lanes, and
// those read another component.
fn component(i: u32) -> u32 {
    return i - i / 4u * 4u;
}

// Element `index` of φ(x) for one sample.
fn embedded(sample: u32, index: u32) -> f32 {
    let half = EMBEDDING / 2u;
    let element = index / max(EMBEDDING, 1u);
    let j = index % max(EMBEDDING, 1u);
    if index >= FEATURES || j >= 2u * half {
        return 0.0;
    }
    let x = load_state(sample, element / 4u)[component(element)];
    let second = u32(j >= half);
    let f = j - second * half;
    return sine(x * biases[FREQUENCIES_AT + f / 4u][component(f)], second ^ EMBEDDING_COSINE_FIRST);
}

// Quad `quad` of φ(x): x itself where the model has no input embedding.
fn features(sample: u32, quad: u32) -> vec4<f32> {
    if EMBEDDING == 0u {
        return load_state(sample, quad);
    }
    let i = quad * 4u;
    return vec4<f32>(
        embedded(sample, i),
        embedded(sample, i + 1u),
        embedded(sample, i + 2u),
        embedded(sample, i + 3u),
    );
}

// Biases of a layer: what the time adds, and what a class adds. They fold separately because
// the conditioning is linear.
fn time_bias(layer: u32, quad: u32) -> vec4<f32> {
    return biases[BIASES_AT + ((CLASS_ROWS + step.row) * LAYERS + layer) * HIDDEN_QUADS + quad];
}

fn class_bias(layer: u32, class_row: u32, quad: u32) -> vec4<f32> {
    if CLASS_ROWS == 0u {
        return vec4<f32>(0.0);
    }
    return biases[BIASES_AT + (class_row * LAYERS + layer) * HIDDEN_QUADS + quad];
}

// Class of a sample in pass `pass` of guidance: first its own, then none.
fn class_row(sample: u32, pass_index: u32) -> u32 {
    if CLASS_ROWS == 0u {
        return 0u;
    }
    if pass_index == 1u {
        return run.null_class;
    }
    return classes[min(sample, run.count - 1u)];
}
