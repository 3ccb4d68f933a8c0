// language: metal2.0
#include <metal_stdlib>
#include <simd/simd.h>

using metal::uint;

struct _mslBufferSizes {
    uint size3;
    uint size4;
    uint size5;
    uint size6;
    uint size7;
    uint size8;
};

struct Step {
    float x0_from_x;
    float x0_from_out;
    float eps_from_x;
    float eps_from_out;
    float x0_scale;
    float eps_scale;
    float noise_scale;
    float history_scale;
    float eps_from_clipped_x;
    float eps_from_clipped_x0_;
    float clip_limit;
    uint rederive_epsilon;
    uint row;
    uint draw;
    float timestep;
    float alpha_bar;
    float one_minus_alpha_bar;
    uint threshold_rank;
    float threshold_fraction;
    float threshold_max;
    float threshold_scale;
    float inpaint_x0_scale;
    float inpaint_noise_scale;
    uint ring_slot;
    metal::packed_float3 ring_shares;
    float ring_x0_;
    float ring_eps;
    float ring_threshold;
    uint padding_0_;
    uint padding_1_;
};
struct Run {
    metal::uint2 key;
    metal::uint2 first_sample;
    uint count;
    float guidance;
    uint null_class;
    uint draw;
};
struct type_5 {
    metal::uint4 inner[224];
};
typedef float type_7[1];
struct Updated {
    metal::float4 state;
    metal::float4 x0_;
};
typedef metal::float4 Stored;
typedef Stored type_10[1];
typedef metal::float4 type_11[1];
typedef uint type_12[1];
constant uint WORKGROUP = 8u;
constant uint LANES = 1u;
constant uint OWN = 8u;
constant uint UNROLL = 1u;
constant uint MIXED = 0u;
constant uint INT64_ = 0u;
constant uint NOISE = 1u;
constant uint STEPS = 1u;
constant uint DIMS = 2u;
constant uint QUADS = 1u;
constant uint OUTPUTS = 4u;
constant uint FEATURES = 2u;
constant uint FEATURE_QUADS = 1u;
constant uint HIDDEN = 32u;
constant uint HIDDEN_QUADS = 8u;
constant uint BLOCKS = 0u;
constant uint CLASS_ROWS = 0u;
constant uint EMBEDDING = 0u;
constant uint EMBEDDING_COSINE_FIRST = 0u;
constant uint PROJ_IN_AT = 0u;
constant uint BLOCKS_AT = 128u;
constant uint PROJ_OUT_AT = 128u;
constant uint PROJ_OUT_BIAS_AT = 0u;
constant uint FREQUENCIES_AT = 1u;
constant uint BIASES_AT = 1u;
constant uint HALF = 0u;
constant uint LAYERS = 1u;
constant uint INNER = 4u;
constant uint WIDTH = 32u;
constant uint COLUMNS = 8u;

metal::uint2 global_sample(
    uint local_1,
    constant Run& run
) {
    uint _e4 = run.first_sample.x;
    uint lo = _e4 + local_1;
    uint _e9 = run.first_sample.y;
    return metal::uint2(lo, _e9 + ((lo < local_1) ? 1u : 0u));
}

void take_step(
    uint k_1
) {
    return;
}

metal::uint2 mul_wide(
    uint a,
    uint b
) {
    uint a_low = a & 65535u;
    uint a_high = a >> 16u;
    uint b_low = b & 65535u;
    uint b_high = b >> 16u;
    uint low = a_low * b_low;
    uint middle = (a_high * b_low) + (low >> 16u);
    uint cross = (a_low * b_high) + (middle & 65535u);
    return metal::uint2(a * b, ((a_high * b_high) + (middle >> 16u)) + (cross >> 16u));
}

metal::uint4 philox_round(
    metal::uint4 counter,
    metal::uint2 key
) {
    metal::uint2 _e4 = mul_wide(3528531795u, counter.x);
    metal::uint2 _e7 = mul_wide(3449720151u, counter.z);
    return metal::uint4((_e7.y ^ counter.y) ^ key.x, _e7.x, (_e4.y ^ counter.w) ^ key.y, _e4.x);
}

metal::uint4 philox4x32_10_(
    metal::uint4 counter_1,
    metal::uint2 key_1
) {
    metal::uint4 state = {};
    metal::uint2 increment = metal::uint2(2654435769u, 3144134277u);
    metal::uint4 _e5 = philox_round(counter_1, key_1);
    state = _e5;
    metal::uint4 _e7 = state;
    metal::uint4 _e9 = philox_round(_e7, key_1 + increment);
    state = _e9;
    metal::uint4 _e10 = state;
    metal::uint4 _e14 = philox_round(_e10, key_1 + (2u * increment));
    state = _e14;
    metal::uint4 _e15 = state;
    metal::uint4 _e19 = philox_round(_e15, key_1 + (3u * increment));
    state = _e19;
    metal::uint4 _e20 = state;
    metal::uint4 _e24 = philox_round(_e20, key_1 + (4u * increment));
    state = _e24;
    metal::uint4 _e25 = state;
    metal::uint4 _e29 = philox_round(_e25, key_1 + (5u * increment));
    state = _e29;
    metal::uint4 _e30 = state;
    metal::uint4 _e34 = philox_round(_e30, key_1 + (6u * increment));
    state = _e34;
    metal::uint4 _e35 = state;
    metal::uint4 _e39 = philox_round(_e35, key_1 + (7u * increment));
    state = _e39;
    metal::uint4 _e40 = state;
    metal::uint4 _e44 = philox_round(_e40, key_1 + (8u * increment));
    state = _e44;
    metal::uint4 _e45 = state;
    metal::uint4 _e49 = philox_round(_e45, key_1 + (9u * increment));
    return _e49;
}

metal::uint2 normal_row(
    uint segment,
    constant type_5& normal_table
) {
    uint vector = segment >> 1u;
    uint component_1 = (segment & 1u) * 2u;
    uint _e10 = normal_table.inner[metal::min(unsigned(vector), 223u)][metal::min(unsigned(component_1), 3u)];
    uint _e16 = normal_table.inner[metal::min(unsigned(vector), 223u)][metal::min(unsigned(component_1 + 1u), 3u)];
    return metal::uint2(_e10, _e16);
}

int naga_neg(int val) {
    return as_type<int>(-as_type<uint>(val));
}

float normal_from_word(
    uint word,
    constant type_5& normal_table
) {
    uint position = word >> 1u;
    uint shift = metal::min(metal::clz(position), 27u);
    uint normalized = position << shift;
    metal::uint2 _e14 = normal_row(((normalized >> 27u) + 432u) - (16u * shift), normal_table);
    uint t = (normalized >> 11u) & 65535u;
    uint linear = (_e14.y >> 16u) * t;
    uint quadratic = (_e14.y & 65535u) * ((t * t) >> 16u);
    int magnitude = static_cast<int>(((_e14.x + (quadratic >> 13u)) - (linear >> 7u)) >> 9u);
    return static_cast<float>(((word & 1u) != 0u) ? naga_neg(magnitude) : magnitude) * 0.0000009536743;
}

metal::float4 normals4_(
    metal::uint2 key_2,
    metal::uint2 sample,
    uint draw,
    uint quad_,
    constant type_5& normal_table
) {
    metal::uint4 _e5 = philox4x32_10_(metal::uint4(quad_, sample, draw), key_2);
    float _e7 = normal_from_word(_e5.x, normal_table);
    float _e9 = normal_from_word(_e5.y, normal_table);
    float _e11 = normal_from_word(_e5.z, normal_table);
    float _e13 = normal_from_word(_e5.w, normal_table);
    return metal::float4(_e7, _e9, _e11, _e13);
}

metal::bool4 is_element(
    uint quad_1
) {
    return (metal::uint4(quad_1 * 4u) + metal::uint4(0u, 1u, 2u, 3u)) < metal::uint4(2u);
}

metal::uint4 element(
    uint sample_1,
    uint quad_2
) {
    metal::uint4 in_sample = metal::uint4(quad_2 * 4u) + metal::uint4(0u, 1u, 2u, 3u);
    return metal::uint4(sample_1 * DIMS) + metal::min(in_sample, metal::uint4(1u));
}

metal::float4 load_state(
    uint sample_2,
    uint quad_3,
    device type_7 const& state_1,
    constant _mslBufferSizes& _buffer_sizes
) {
    metal::uint4 _e2 = element(sample_2, quad_3);
    float _e6 = state_1[metal::min(unsigned(_e2.x), (_buffer_sizes.size3 - 0 - 4) / 4)];
    float _e10 = state_1[metal::min(unsigned(_e2.y), (_buffer_sizes.size3 - 0 - 4) / 4)];
    float _e14 = state_1[metal::min(unsigned(_e2.z), (_buffer_sizes.size3 - 0 - 4) / 4)];
    float _e18 = state_1[metal::min(unsigned(_e2.w), (_buffer_sizes.size3 - 0 - 4) / 4)];
    metal::float4 value_35 = metal::float4(_e6, _e10, _e14, _e18);
    metal::bool4 _e22 = is_element(quad_3);
    return metal::select(metal::float4(0.0), value_35, _e22);
}

void store_state(
    uint sample_3,
    uint quad_4,
    metal::float4 value,
    device type_7& state_1,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint i = 0u;
    uint first_1 = quad_4 * 4u;
    uint at = (sample_3 * DIMS) + first_1;
    uint2 loop_bound = uint2(4294967295u);
    bool loop_init = true;
    while(true) {
        if (metal::all(loop_bound == uint2(0u))) { break; }
        loop_bound -= uint2(loop_bound.y == 0u, 1u);
        if (!loop_init) {
            uint _e23 = i;
            i = _e23 + 1u;
        }
        loop_init = false;
        uint _e10 = i;
        if (_e10 < metal::min(4u, DIMS - first_1)) {
        } else {
            break;
        }
        {
            uint _e17 = i;
            uint _e20 = i;
            state_1[metal::min(unsigned(at + _e17), (_buffer_sizes.size3 - 0 - 4) / 4)] = value[metal::min(unsigned(_e20), 3u)];
        }
    }
    return;
}

metal::float4 load_x0_(
    uint sample_4,
    uint quad_5,
    device type_7 const& x0_,
    constant _mslBufferSizes& _buffer_sizes
) {
    metal::uint4 _e2 = element(sample_4, quad_5);
    float _e6 = x0_[metal::min(unsigned(_e2.x), (_buffer_sizes.size4 - 0 - 4) / 4)];
    float _e10 = x0_[metal::min(unsigned(_e2.y), (_buffer_sizes.size4 - 0 - 4) / 4)];
    float _e14 = x0_[metal::min(unsigned(_e2.z), (_buffer_sizes.size4 - 0 - 4) / 4)];
    float _e18 = x0_[metal::min(unsigned(_e2.w), (_buffer_sizes.size4 - 0 - 4) / 4)];
    metal::float4 value_36 = metal::float4(_e6, _e10, _e14, _e18);
    metal::bool4 _e22 = is_element(quad_5);
    return metal::select(metal::float4(0.0), value_36, _e22);
}

void store_x0_(
    uint sample_5,
    uint quad_6,
    metal::float4 value_1,
    device type_7& x0_,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint i_1 = 0u;
    uint first_2 = quad_6 * 4u;
    uint at_1 = (sample_5 * DIMS) + first_2;
    uint2 loop_bound_1 = uint2(4294967295u);
    bool loop_init_1 = true;
    while(true) {
        if (metal::all(loop_bound_1 == uint2(0u))) { break; }
        loop_bound_1 -= uint2(loop_bound_1.y == 0u, 1u);
        if (!loop_init_1) {
            uint _e23 = i_1;
            i_1 = _e23 + 1u;
        }
        loop_init_1 = false;
        uint _e10 = i_1;
        if (_e10 < metal::min(4u, DIMS - first_2)) {
        } else {
            break;
        }
        {
            uint _e17 = i_1;
            uint _e20 = i_1;
            x0_[metal::min(unsigned(at_1 + _e17), (_buffer_sizes.size4 - 0 - 4) / 4)] = value_1[metal::min(unsigned(_e20), 3u)];
        }
    }
    return;
}

Updated update(
    metal::float4 x,
    metal::float4 out,
    metal::float4 history,
    metal::float4 noise,
    constant Step& step
) {
    metal::float4 eps = {};
    float _e6 = step.clip_limit;
    metal::float4 limit = metal::float4(_e6);
    float _e10 = step.x0_from_x;
    float _e14 = step.x0_from_out;
    metal::float4 x0_1 = metal::clamp((_e10 * x) + (_e14 * out), -(limit), limit);
    float _e21 = step.eps_from_x;
    float _e25 = step.eps_from_out;
    eps = (_e21 * x) + (_e25 * out);
    uint _e31 = step.rederive_epsilon;
    if (_e31 == 1u) {
        float _e36 = step.eps_from_clipped_x;
        float _e40 = step.eps_from_clipped_x0_;
        eps = (_e36 * x) + (_e40 * x0_1);
    }
    float _e45 = step.x0_scale;
    float _e49 = step.eps_scale;
    metal::float4 _e50 = eps;
    metal::float4 mean = (_e45 * x0_1) + (_e49 * _e50);
    float _e55 = step.noise_scale;
    float _e60 = step.history_scale;
    metal::float4 state_2 = (mean + (_e55 * noise)) + (_e60 * history);
    return Updated {state_2, x0_1};
}

void update_quad(
    uint sample_6,
    uint quad_7,
    metal::float4 out_1,
    constant Run& run,
    constant Step& step,
    constant type_5& normal_table,
    device type_7& state_1,
    device type_7& x0_,
    constant _mslBufferSizes& _buffer_sizes
) {
    metal::float4 noise_1 = metal::float4(0.0);
    bool local_2 = {};
    metal::float4 history_1 = metal::float4(0.0);
    metal::float4 _e3 = load_state(sample_6, quad_7, state_1, _buffer_sizes);
    if (true) {
        float _e12 = step.noise_scale;
        local_2 = _e12 != 0.0;
    } else {
        local_2 = false;
    }
    bool _e16 = local_2;
    if (_e16) {
        metal::uint2 _e19 = run.key;
        metal::uint2 _e20 = global_sample(sample_6, run);
        uint _e23 = step.draw;
        metal::float4 _e24 = normals4_(_e19, _e20, _e23, quad_7, normal_table);
        noise_1 = _e24;
    }
    float _e30 = step.history_scale;
    if (_e30 != 0.0) {
        metal::float4 _e33 = load_x0_(sample_6, quad_7, x0_, _buffer_sizes);
        history_1 = _e33;
    }
    metal::float4 _e34 = history_1;
    metal::float4 _e35 = noise_1;
    Updated _e36 = update(_e3, out_1, _e34, _e35, step);
    store_state(sample_6, quad_7, _e36.state, state_1, _buffer_sizes);
    store_x0_(sample_6, quad_7, _e36.x0_, x0_, _buffer_sizes);
    return;
}

metal::float4 relu(
    metal::float4 v
) {
    return metal::max(v, metal::float4(0.0));
}

metal::float4 silu(
    metal::float4 v_1
) {
    return v_1 / (metal::float4(1.0) + metal::exp(metal::min(-(v_1), metal::float4(80.0))));
}

metal::float4 gelu(
    metal::float4 v_2
) {
    metal::float4 a_1 = metal::abs(v_2) * 0.70710677;
    metal::float4 t_1 = metal::float4(1.0) / (metal::float4(1.0) + (0.3275911 * a_1));
    metal::float4 p = t_1 * (metal::float4(0.2548296) + (t_1 * (metal::float4(-0.28449672) + (t_1 * (metal::float4(1.4214138) + (t_1 * (metal::float4(-1.4531521) + (t_1 * 1.0614054))))))));
    metal::float4 half_erfc = (0.5 * p) * metal::exp(metal::max(-(a_1) * a_1, metal::float4(-80.0)));
    return v_2 * metal::select(half_erfc, metal::float4(1.0) - half_erfc, v_2 >= metal::float4(0.0));
}

metal::float4 gelu_tanh(
    metal::float4 v_3
) {
    metal::float4 u = 0.7978846 * (v_3 + (((0.044715 * v_3) * v_3) * v_3));
    return v_3 / (metal::float4(1.0) + metal::exp(metal::min(-2.0 * u, metal::float4(80.0))));
}

metal::float4 widen(
    Stored v_4
) {
    return v_4;
}

Stored narrow(
    metal::float4 v_5
) {
    return v_5;
}

uint naga_f2u32(float value) {
    return static_cast<uint>(metal::clamp(value, 0.0, 4294967000.0));
}

float sine(
    float angle,
    uint quarters
) {
    float quarter_turns = angle * 0.63661975;
    float n = metal::rint(quarter_turns);
    float near = ((angle - (n * 1.5703125)) - (n * 0.0004837513)) - (n * 0.0000000754979);
    float far = metal::clamp((quarter_turns - n) * 1.5707964, -0.7853982, 0.7853982);
    float r = (metal::abs(n) >= 65536.0) ? far : near;
    float r2_ = r * r;
    float s = r + ((r * r2_) * (-0.16666655 + (r2_ * (0.008332161 - (r2_ * 0.00019515296)))));
    float c = (1.0 - (0.5 * r2_)) + ((r2_ * r2_) * (0.041666646 + (r2_ * (-0.0013887316 + (r2_ * 0.000024433157)))));
    uint quadrant = (naga_f2u32(n - (4.0 * metal::floor(n * 0.25))) + quarters) & 3u;
    float value_37 = ((quadrant & 1u) == 1u) ? c : s;
    return (quadrant >= 2u) ? -(value_37) : value_37;
}

uint naga_div(uint lhs, uint rhs) {
    return lhs / metal::select(rhs, 1u, rhs == 0u);
}

uint component(
    uint i_2
) {
    return i_2 - (naga_div(i_2, 4u) * 4u);
}

uint naga_mod(uint lhs, uint rhs) {
    return lhs % metal::select(rhs, 1u, rhs == 0u);
}

float embedded(
    uint sample_7,
    uint index,
    device type_7 const& state_1,
    device type_11 const& biases,
    constant _mslBufferSizes& _buffer_sizes
) {
    bool local_3 = {};
    uint element_1 = naga_div(index, 1u);
    uint j = naga_mod(index, 1u);
    if (!((index >= FEATURES))) {
        local_3 = j >= (2u * 0u);
    } else {
        local_3 = true;
    }
    bool _e16 = local_3;
    if (_e16) {
        return 0.0;
    }
    metal::float4 _e20 = load_state(sample_7, naga_div(element_1, 4u), state_1, _buffer_sizes);
    uint _e21 = component(element_1);
    float x_1 = _e20[metal::min(unsigned(_e21), 3u)];
    uint second = static_cast<uint>(j >= 0u);
    uint f = j - (second * 0u);
    uint _e33 = component(f);
    float _e35 = biases[metal::min(unsigned(FREQUENCIES_AT + naga_div(f, 4u)), (_buffer_sizes.size6 - 0 - 16) / 16)][metal::min(unsigned(_e33), 3u)];
    float _e39 = sine(x_1 * _e35, second ^ EMBEDDING_COSINE_FIRST);
    return _e39;
}

metal::float4 features(
    uint sample_8,
    uint quad_8,
    device type_7 const& state_1,
    device type_11 const& biases,
    constant _mslBufferSizes& _buffer_sizes
) {
    if (true) {
        metal::float4 _e3 = load_state(sample_8, quad_8, state_1, _buffer_sizes);
        return _e3;
    }
    uint i_6 = quad_8 * 4u;
    float _e6 = embedded(sample_8, i_6, state_1, biases, _buffer_sizes);
    float _e9 = embedded(sample_8, i_6 + 1u, state_1, biases, _buffer_sizes);
    float _e12 = embedded(sample_8, i_6 + 2u, state_1, biases, _buffer_sizes);
    float _e15 = embedded(sample_8, i_6 + 3u, state_1, biases, _buffer_sizes);
    return metal::float4(_e6, _e9, _e12, _e15);
}

metal::float4 time_bias(
    uint layer,
    uint quad_9,
    constant Step& step,
    device type_11 const& biases,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint _e7 = step.row;
    metal::float4 _e17 = biases[metal::min(unsigned((BIASES_AT + ((((CLASS_ROWS + _e7) * LAYERS) + layer) * HIDDEN_QUADS)) + quad_9), (_buffer_sizes.size6 - 0 - 16) / 16)];
    return _e17;
}

metal::float4 class_bias(
    uint layer_1,
    uint class_row,
    uint quad_10,
    device type_11 const& biases,
    constant _mslBufferSizes& _buffer_sizes
) {
    if (true) {
        return metal::float4(0.0);
    }
    metal::float4 _e16 = biases[metal::min(unsigned((BIASES_AT + (((class_row * LAYERS) + layer_1) * HIDDEN_QUADS)) + quad_10), (_buffer_sizes.size6 - 0 - 16) / 16)];
    return _e16;
}

uint class_row_1(
    uint sample_9,
    uint pass_index,
    constant Run& run,
    device type_12 const& classes,
    constant _mslBufferSizes& _buffer_sizes
) {
    if (true) {
        return 0u;
    }
    if (pass_index == 1u) {
        uint _e8 = run.null_class;
        return _e8;
    }
    uint _e12 = run.count;
    uint _e17 = classes[metal::min(unsigned(metal::min(sample_9, _e12 - 1u)), (_buffer_sizes.size7 - 0 - 4) / 4)];
    return _e17;
}

uint lane(
) {
    return 0u;
}

metal::float4 from_lane_0_(
    metal::float4 own
) {
    return own;
}

metal::float4 activate(
    metal::float4 v_6
) {
    metal::float4 _e1 = relu(v_6);
    return _e1;
}

metal::float4 load_h(
    uint index_1,
    device type_11 const& scratch,
    thread uint& scratch_at,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint _e3 = scratch_at;
    metal::float4 _e8 = scratch[metal::min(unsigned(_e3 + (index_1 * WORKGROUP)), (_buffer_sizes.size8 - 0 - 16) / 16)];
    return _e8;
}

void store_h(
    uint index_2,
    metal::float4 value_2,
    device type_11& scratch,
    thread uint& scratch_at,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint _e4 = scratch_at;
    scratch[metal::min(unsigned(_e4 + (index_2 * WORKGROUP)), (_buffer_sizes.size8 - 0 - 16) / 16)] = value_2;
    return;
}

void store_features(
    metal::uint4 samples,
    device type_7 const& state_1,
    device type_11 const& biases,
    device type_11& scratch,
    thread uint& scratch_at,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint quad_11 = 0u;
    metal::float4x4 rows = {};
    uint i_3 = {};
    uint i_4 = {};
    uint k_2 = 4u;
    uint2 loop_bound_2 = uint2(4294967295u);
    bool loop_init_2 = true;
    while(true) {
        if (metal::all(loop_bound_2 == uint2(0u))) { break; }
        loop_bound_2 -= uint2(loop_bound_2.y == 0u, 1u);
        if (!loop_init_2) {
            uint _e40 = quad_11;
            quad_11 = _e40 + 1u;
        }
        loop_init_2 = false;
        uint _e3 = quad_11;
        if (_e3 < FEATURE_QUADS) {
        } else {
            break;
        }
        {
            rows = metal::float4x4 {};
            i_3 = 0u;
            uint2 loop_bound_3 = uint2(4294967295u);
            bool loop_init_3 = true;
            while(true) {
                if (metal::all(loop_bound_3 == uint2(0u))) { break; }
                loop_bound_3 -= uint2(loop_bound_3.y == 0u, 1u);
                if (!loop_init_3) {
                    uint _e20 = i_3;
                    i_3 = _e20 + 1u;
                }
                loop_init_3 = false;
                uint _e10 = i_3;
                if (_e10 < 4u) {
                } else {
                    break;
                }
                {
                    uint _e13 = i_3;
                    uint _e15 = i_3;
                    uint _e17 = quad_11;
                    metal::float4 _e18 = features(samples[metal::min(unsigned(_e15), 3u)], _e17, state_1, biases, _buffer_sizes);
                    rows[metal::min(unsigned(_e13), 3u)] = _e18;
                }
            }
            metal::float4x4 _e22 = rows;
            metal::float4x4 columns = metal::transpose(_e22);
            i_4 = 0u;
            uint2 loop_bound_4 = uint2(4294967295u);
            bool loop_init_4 = true;
            while(true) {
                if (metal::all(loop_bound_4 == uint2(0u))) { break; }
                loop_bound_4 -= uint2(loop_bound_4.y == 0u, 1u);
                if (!loop_init_4) {
                    uint _e37 = i_4;
                    i_4 = _e37 + 1u;
                }
                loop_init_4 = false;
                uint _e26 = i_4;
                if (_e26 < 4u) {
                } else {
                    break;
                }
                {
                    uint _e29 = quad_11;
                    uint _e32 = i_4;
                    uint _e34 = i_4;
                    store_h((_e29 * 4u) + _e32, columns[metal::min(unsigned(_e34), 3u)], scratch, scratch_at, _buffer_sizes);
                }
            }
        }
    }
    uint2 loop_bound_5 = uint2(4294967295u);
    bool loop_init_5 = true;
    while(true) {
        if (metal::all(loop_bound_5 == uint2(0u))) { break; }
        loop_bound_5 -= uint2(loop_bound_5.y == 0u, 1u);
        if (!loop_init_5) {
            uint _e51 = k_2;
            k_2 = _e51 + 1u;
        }
        loop_init_5 = false;
        uint _e44 = k_2;
        if (_e44 < INNER) {
        } else {
            break;
        }
        {
            uint _e47 = k_2;
            store_h(_e47, metal::float4(0.0), scratch, scratch_at, _buffer_sizes);
        }
    }
    return;
}

metal::float4x4 class_biases(
    uint layer_2,
    metal::uint4 class_rows,
    uint quad_12,
    device type_11 const& biases,
    constant _mslBufferSizes& _buffer_sizes
) {
    if (true) {
        return metal::float4x4 {};
    }
    metal::float4 _e6 = class_bias(layer_2, class_rows.x, quad_12, biases, _buffer_sizes);
    metal::float4 _e8 = class_bias(layer_2, class_rows.y, quad_12, biases, _buffer_sizes);
    metal::float4 _e10 = class_bias(layer_2, class_rows.z, quad_12, biases, _buffer_sizes);
    metal::float4 _e12 = class_bias(layer_2, class_rows.w, quad_12, biases, _buffer_sizes);
    return metal::transpose(metal::float4x4(_e6, _e8, _e10, _e12));
}

void network_step(
    uint first,
    metal::uint4 samples_1,
    uint own_1,
    constant Run& run,
    constant Step& step,
    constant type_5& normal_table,
    device type_7& state_1,
    device type_7& x0_,
    device type_10 const& weights,
    device type_11 const& biases,
    device type_12 const& classes,
    device type_11& scratch,
    thread uint& scratch_at,
    constant _mslBufferSizes& _buffer_sizes
) {
    bool local_4 = {};
    metal::uint4 class_rows_1 = metal::uint4(0u);
    uint source = 0u;
    uint stage = 0u;
    bool local_5 = {};
    bool local_6 = {};
    uint column = {};
    metal::float4 acc_0_0_0_ = {};
    metal::float4 acc_0_0_1_ = {};
    metal::float4 acc_0_0_2_ = {};
    metal::float4 acc_0_0_3_ = {};
    metal::float4 acc_1_0_0_ = {};
    metal::float4 acc_1_0_1_ = {};
    metal::float4 acc_1_0_2_ = {};
    metal::float4 acc_1_0_3_ = {};
    metal::float4 acc_2_0_0_ = {};
    metal::float4 acc_2_0_1_ = {};
    metal::float4 acc_2_0_2_ = {};
    metal::float4 acc_2_0_3_ = {};
    metal::float4 acc_3_0_0_ = {};
    metal::float4 acc_3_0_1_ = {};
    metal::float4 acc_3_0_2_ = {};
    metal::float4 acc_3_0_3_ = {};
    metal::float4 acc_4_0_0_ = {};
    metal::float4 acc_4_0_1_ = {};
    metal::float4 acc_4_0_2_ = {};
    metal::float4 acc_4_0_3_ = {};
    metal::float4 acc_5_0_0_ = {};
    metal::float4 acc_5_0_1_ = {};
    metal::float4 acc_5_0_2_ = {};
    metal::float4 acc_5_0_3_ = {};
    metal::float4 acc_6_0_0_ = {};
    metal::float4 acc_6_0_1_ = {};
    metal::float4 acc_6_0_2_ = {};
    metal::float4 acc_6_0_3_ = {};
    metal::float4 acc_7_0_0_ = {};
    metal::float4 acc_7_0_1_ = {};
    metal::float4 acc_7_0_2_ = {};
    metal::float4 acc_7_0_3_ = {};
    uint k_3 = {};
    uint quad_13 = {};
    uint i_5 = {};
    bool local_7 = {};
    metal::float4 value_3 = {};
    metal::float4 value_4 = {};
    metal::float4 value_5 = {};
    metal::float4 value_6 = {};
    metal::float4 value_7 = {};
    metal::float4 value_8 = {};
    metal::float4 value_9 = {};
    metal::float4 value_10 = {};
    metal::float4 value_11 = {};
    metal::float4 value_12 = {};
    metal::float4 value_13 = {};
    metal::float4 value_14 = {};
    metal::float4 value_15 = {};
    metal::float4 value_16 = {};
    metal::float4 value_17 = {};
    metal::float4 value_18 = {};
    metal::float4 value_19 = {};
    metal::float4 value_20 = {};
    metal::float4 value_21 = {};
    metal::float4 value_22 = {};
    metal::float4 value_23 = {};
    metal::float4 value_24 = {};
    metal::float4 value_25 = {};
    metal::float4 value_26 = {};
    metal::float4 value_27 = {};
    metal::float4 value_28 = {};
    metal::float4 value_29 = {};
    metal::float4 value_30 = {};
    metal::float4 value_31 = {};
    metal::float4 value_32 = {};
    metal::float4 value_33 = {};
    metal::float4 value_34 = {};
    bool local_8 = {};
    bool local_9 = {};
    uint k_4 = {};
    if (false) {
        float _e10 = run.guidance;
        local_4 = _e10 != 1.0;
    } else {
        local_4 = false;
    }
    bool _e14 = local_4;
    uint passes = _e14 ? 2u : 1u;
    uint out_stage = passes * LAYERS;
    uint2 loop_bound_6 = uint2(4294967295u);
    bool loop_init_6 = true;
    while(true) {
        if (metal::all(loop_bound_6 == uint2(0u))) { break; }
        loop_bound_6 -= uint2(loop_bound_6.y == 0u, 1u);
        if (!loop_init_6) {
            uint _e1686 = stage;
            stage = _e1686 + 1u;
        }
        loop_init_6 = false;
        uint _e25 = stage;
        if (_e25 <= out_stage) {
        } else {
            break;
        }
        {
            uint _e27 = stage;
            bool is_out = _e27 == out_stage;
            uint _e29 = stage;
            uint layer_3 = naga_mod(_e29, LAYERS);
            if (layer_3 == 0u) {
                local_5 = !(is_out);
            } else {
                local_5 = false;
            }
            bool is_input = local_5;
            if (is_input) {
                uint _e39 = stage;
                uint pass_index_1 = naga_div(_e39, LAYERS);
                uint _e43 = class_row_1(samples_1.x, pass_index_1, run, classes, _buffer_sizes);
                uint _e45 = class_row_1(samples_1.y, pass_index_1, run, classes, _buffer_sizes);
                uint _e47 = class_row_1(samples_1.z, pass_index_1, run, classes, _buffer_sizes);
                uint _e49 = class_row_1(samples_1.w, pass_index_1, run, classes, _buffer_sizes);
                class_rows_1 = metal::uint4(_e43, _e45, _e47, _e49);
                store_features(samples_1, state_1, biases, scratch, scratch_at, _buffer_sizes);
                source = 0u;
            }
            uint _e53 = source;
            if (is_out) {
                local_6 = passes == 2u;
            } else {
                local_6 = false;
            }
            bool _e60 = local_6;
            uint target_at = WIDTH - (_e60 ? WIDTH : _e53);
            uint inner = is_input ? INNER : HIDDEN;
            uint stride = is_out ? QUADS : HIDDEN_QUADS;
            uint hidden_at = is_input ? PROJ_IN_AT : (BLOCKS_AT + (((layer_3 - 1u) * HIDDEN) * HIDDEN_QUADS));
            uint weights_at = is_out ? PROJ_OUT_AT : hidden_at;
            column = 0u;
            uint2 loop_bound_7 = uint2(4294967295u);
            bool loop_init_7 = true;
            while(true) {
                if (metal::all(loop_bound_7 == uint2(0u))) { break; }
                loop_bound_7 -= uint2(loop_bound_7.y == 0u, 1u);
                if (!loop_init_7) {
                    uint _e1622 = column;
                    column = _e1622 + COLUMNS;
                }
                loop_init_7 = false;
                uint _e83 = column;
                if (_e83 < stride) {
                } else {
                    break;
                }
                {
                    acc_0_0_0_ = metal::float4(0.0);
                    acc_0_0_1_ = metal::float4(0.0);
                    acc_0_0_2_ = metal::float4(0.0);
                    acc_0_0_3_ = metal::float4(0.0);
                    uint _e97 = column;
                    uint own_at_0_ = weights_at + metal::min((_e97 + 0u) + own_1, stride - 1u);
                    acc_1_0_0_ = metal::float4(0.0);
                    acc_1_0_1_ = metal::float4(0.0);
                    acc_1_0_2_ = metal::float4(0.0);
                    acc_1_0_3_ = metal::float4(0.0);
                    uint _e117 = column;
                    uint own_at_1_ = weights_at + metal::min((_e117 + 1u) + own_1, stride - 1u);
                    acc_2_0_0_ = metal::float4(0.0);
                    acc_2_0_1_ = metal::float4(0.0);
                    acc_2_0_2_ = metal::float4(0.0);
                    acc_2_0_3_ = metal::float4(0.0);
                    uint _e137 = column;
                    uint own_at_2_ = weights_at + metal::min((_e137 + 2u) + own_1, stride - 1u);
                    acc_3_0_0_ = metal::float4(0.0);
                    acc_3_0_1_ = metal::float4(0.0);
                    acc_3_0_2_ = metal::float4(0.0);
                    acc_3_0_3_ = metal::float4(0.0);
                    uint _e157 = column;
                    uint own_at_3_ = weights_at + metal::min((_e157 + 3u) + own_1, stride - 1u);
                    acc_4_0_0_ = metal::float4(0.0);
                    acc_4_0_1_ = metal::float4(0.0);
                    acc_4_0_2_ = metal::float4(0.0);
                    acc_4_0_3_ = metal::float4(0.0);
                    uint _e177 = column;
                    uint own_at_4_ = weights_at + metal::min((_e177 + 4u) + own_1, stride - 1u);
                    acc_5_0_0_ = metal::float4(0.0);
                    acc_5_0_1_ = metal::float4(0.0);
                    acc_5_0_2_ = metal::float4(0.0);
                    acc_5_0_3_ = metal::float4(0.0);
                    uint _e197 = column;
                    uint own_at_5_ = weights_at + metal::min((_e197 + 5u) + own_1, stride - 1u);
                    acc_6_0_0_ = metal::float4(0.0);
                    acc_6_0_1_ = metal::float4(0.0);
                    acc_6_0_2_ = metal::float4(0.0);
                    acc_6_0_3_ = metal::float4(0.0);
                    uint _e217 = column;
                    uint own_at_6_ = weights_at + metal::min((_e217 + 6u) + own_1, stride - 1u);
                    acc_7_0_0_ = metal::float4(0.0);
                    acc_7_0_1_ = metal::float4(0.0);
                    acc_7_0_2_ = metal::float4(0.0);
                    acc_7_0_3_ = metal::float4(0.0);
                    uint _e237 = column;
                    uint own_at_7_ = weights_at + metal::min((_e237 + 7u) + own_1, stride - 1u);
                    k_3 = 0u;
                    uint2 loop_bound_8 = uint2(4294967295u);
                    bool loop_init_8 = true;
                    while(true) {
                        if (metal::all(loop_bound_8 == uint2(0u))) { break; }
                        loop_bound_8 -= uint2(loop_bound_8.y == 0u, 1u);
                        if (!loop_init_8) {
                            uint _e463 = k_3;
                            k_3 = _e463 + UNROLL;
                        }
                        loop_init_8 = false;
                        uint _e247 = k_3;
                        if (_e247 < inner) {
                        } else {
                            break;
                        }
                        {
                            uint _e249 = source;
                            uint _e250 = k_3;
                            metal::float4 _e254 = load_h((_e249 + _e250) + 0u, scratch, scratch_at, _buffer_sizes);
                            uint _e256 = k_3;
                            Stored _e262 = weights[metal::min(unsigned(own_at_0_ + ((_e256 + 0u) * stride)), (_buffer_sizes.size5 - 0 - 16) / 16)];
                            metal::float4 _e263 = widen(_e262);
                            metal::float4 _e264 = from_lane_0_(_e263);
                            metal::float4 _e265 = acc_0_0_0_;
                            acc_0_0_0_ = _e265 + (_e254 * _e264.x);
                            metal::float4 _e269 = acc_0_0_1_;
                            acc_0_0_1_ = _e269 + (_e254 * _e264.y);
                            metal::float4 _e273 = acc_0_0_2_;
                            acc_0_0_2_ = _e273 + (_e254 * _e264.z);
                            metal::float4 _e277 = acc_0_0_3_;
                            acc_0_0_3_ = _e277 + (_e254 * _e264.w);
                            uint _e282 = k_3;
                            Stored _e288 = weights[metal::min(unsigned(own_at_1_ + ((_e282 + 0u) * stride)), (_buffer_sizes.size5 - 0 - 16) / 16)];
                            metal::float4 _e289 = widen(_e288);
                            metal::float4 _e290 = from_lane_0_(_e289);
                            metal::float4 _e291 = acc_1_0_0_;
                            acc_1_0_0_ = _e291 + (_e254 * _e290.x);
                            metal::float4 _e295 = acc_1_0_1_;
                            acc_1_0_1_ = _e295 + (_e254 * _e290.y);
                            metal::float4 _e299 = acc_1_0_2_;
                            acc_1_0_2_ = _e299 + (_e254 * _e290.z);
                            metal::float4 _e303 = acc_1_0_3_;
                            acc_1_0_3_ = _e303 + (_e254 * _e290.w);
                            uint _e308 = k_3;
                            Stored _e314 = weights[metal::min(unsigned(own_at_2_ + ((_e308 + 0u) * stride)), (_buffer_sizes.size5 - 0 - 16) / 16)];
                            metal::float4 _e315 = widen(_e314);
                            metal::float4 _e316 = from_lane_0_(_e315);
                            metal::float4 _e317 = acc_2_0_0_;
                            acc_2_0_0_ = _e317 + (_e254 * _e316.x);
                            metal::float4 _e321 = acc_2_0_1_;
                            acc_2_0_1_ = _e321 + (_e254 * _e316.y);
                            metal::float4 _e325 = acc_2_0_2_;
                            acc_2_0_2_ = _e325 + (_e254 * _e316.z);
                            metal::float4 _e329 = acc_2_0_3_;
                            acc_2_0_3_ = _e329 + (_e254 * _e316.w);
                            uint _e334 = k_3;
                            Stored _e340 = weights[metal::min(unsigned(own_at_3_ + ((_e334 + 0u) * stride)), (_buffer_sizes.size5 - 0 - 16) / 16)];
                            metal::float4 _e341 = widen(_e340);
                            metal::float4 _e342 = from_lane_0_(_e341);
                            metal::float4 _e343 = acc_3_0_0_;
                            acc_3_0_0_ = _e343 + (_e254 * _e342.x);
                            metal::float4 _e347 = acc_3_0_1_;
                            acc_3_0_1_ = _e347 + (_e254 * _e342.y);
                            metal::float4 _e351 = acc_3_0_2_;
                            acc_3_0_2_ = _e351 + (_e254 * _e342.z);
                            metal::float4 _e355 = acc_3_0_3_;
                            acc_3_0_3_ = _e355 + (_e254 * _e342.w);
                            uint _e360 = k_3;
                            Stored _e366 = weights[metal::min(unsigned(own_at_4_ + ((_e360 + 0u) * stride)), (_buffer_sizes.size5 - 0 - 16) / 16)];
                            metal::float4 _e367 = widen(_e366);
                            metal::float4 _e368 = from_lane_0_(_e367);
                            metal::float4 _e369 = acc_4_0_0_;
                            acc_4_0_0_ = _e369 + (_e254 * _e368.x);
                            metal::float4 _e373 = acc_4_0_1_;
                            acc_4_0_1_ = _e373 + (_e254 * _e368.y);
                            metal::float4 _e377 = acc_4_0_2_;
                            acc_4_0_2_ = _e377 + (_e254 * _e368.z);
                            metal::float4 _e381 = acc_4_0_3_;
                            acc_4_0_3_ = _e381 + (_e254 * _e368.w);
                            uint _e386 = k_3;
                            Stored _e392 = weights[metal::min(unsigned(own_at_5_ + ((_e386 + 0u) * stride)), (_buffer_sizes.size5 - 0 - 16) / 16)];
                            metal::float4 _e393 = widen(_e392);
                            metal::float4 _e394 = from_lane_0_(_e393);
                            metal::float4 _e395 = acc_5_0_0_;
                            acc_5_0_0_ = _e395 + (_e254 * _e394.x);
                            metal::float4 _e399 = acc_5_0_1_;
                            acc_5_0_1_ = _e399 + (_e254 * _e394.y);
                            metal::float4 _e403 = acc_5_0_2_;
                            acc_5_0_2_ = _e403 + (_e254 * _e394.z);
                            metal::float4 _e407 = acc_5_0_3_;
                            acc_5_0_3_ = _e407 + (_e254 * _e394.w);
                            uint _e412 = k_3;
                            Stored _e418 = weights[metal::min(unsigned(own_at_6_ + ((_e412 + 0u) * stride)), (_buffer_sizes.size5 - 0 - 16) / 16)];
                            metal::float4 _e419 = widen(_e418);
                            metal::float4 _e420 = from_lane_0_(_e419);
                            metal::float4 _e421 = acc_6_0_0_;
                            acc_6_0_0_ = _e421 + (_e254 * _e420.x);
                            metal::float4 _e425 = acc_6_0_1_;
                            acc_6_0_1_ = _e425 + (_e254 * _e420.y);
                            metal::float4 _e429 = acc_6_0_2_;
                            acc_6_0_2_ = _e429 + (_e254 * _e420.z);
                            metal::float4 _e433 = acc_6_0_3_;
                            acc_6_0_3_ = _e433 + (_e254 * _e420.w);
                            uint _e438 = k_3;
                            Stored _e444 = weights[metal::min(unsigned(own_at_7_ + ((_e438 + 0u) * stride)), (_buffer_sizes.size5 - 0 - 16) / 16)];
                            metal::float4 _e445 = widen(_e444);
                            metal::float4 _e446 = from_lane_0_(_e445);
                            metal::float4 _e447 = acc_7_0_0_;
                            acc_7_0_0_ = _e447 + (_e254 * _e446.x);
                            metal::float4 _e451 = acc_7_0_1_;
                            acc_7_0_1_ = _e451 + (_e254 * _e446.y);
                            metal::float4 _e455 = acc_7_0_2_;
                            acc_7_0_2_ = _e455 + (_e254 * _e446.z);
                            metal::float4 _e459 = acc_7_0_3_;
                            acc_7_0_3_ = _e459 + (_e254 * _e446.w);
                        }
                    }
                    if (is_out) {
                        metal::float4 _e470 = acc_0_0_0_;
                        store_h((target_at + 0u) + 0u, _e470, scratch, scratch_at, _buffer_sizes);
                        metal::float4 _e475 = acc_0_0_1_;
                        store_h((target_at + 0u) + 1u, _e475, scratch, scratch_at, _buffer_sizes);
                        metal::float4 _e480 = acc_0_0_2_;
                        store_h((target_at + 0u) + 2u, _e480, scratch, scratch_at, _buffer_sizes);
                        metal::float4 _e485 = acc_0_0_3_;
                        store_h((target_at + 0u) + 3u, _e485, scratch, scratch_at, _buffer_sizes);
                        metal::float4 _e490 = acc_1_0_0_;
                        store_h((target_at + 4u) + 0u, _e490, scratch, scratch_at, _buffer_sizes);
                        metal::float4 _e495 = acc_1_0_1_;
                        store_h((target_at + 4u) + 1u, _e495, scratch, scratch_at, _buffer_sizes);
                        metal::float4 _e500 = acc_1_0_2_;
                        store_h((target_at + 4u) + 2u, _e500, scratch, scratch_at, _buffer_sizes);
                        metal::float4 _e505 = acc_1_0_3_;
                        store_h((target_at + 4u) + 3u, _e505, scratch, scratch_at, _buffer_sizes);
                        metal::float4 _e510 = acc_2_0_0_;
                        store_h((target_at + 8u) + 0u, _e510, scratch, scratch_at, _buffer_sizes);
                        metal::float4 _e515 = acc_2_0_1_;
                        store_h((target_at + 8u) + 1u, _e515, scratch, scratch_at, _buffer_sizes);
                        metal::float4 _e520 = acc_2_0_2_;
                        store_h((target_at + 8u) + 2u, _e520, scratch, scratch_at, _buffer_sizes);
                        metal::float4 _e525 = acc_2_0_3_;
                        store_h((target_at + 8u) + 3u, _e525, scratch, scratch_at, _buffer_sizes);
                        metal::float4 _e530 = acc_3_0_0_;
                        store_h((target_at + 12u) + 0u, _e530, scratch, scratch_at, _buffer_sizes);
                        metal::float4 _e535 = acc_3_0_1_;
                        store_h((target_at + 12u) + 1u, _e535, scratch, scratch_at, _buffer_sizes);
                        metal::float4 _e540 = acc_3_0_2_;
                        store_h((target_at + 12u) + 2u, _e540, scratch, scratch_at, _buffer_sizes);
                        metal::float4 _e545 = acc_3_0_3_;
                        store_h((target_at + 12u) + 3u, _e545, scratch, scratch_at, _buffer_sizes);
                        metal::float4 _e550 = acc_4_0_0_;
                        store_h((target_at + 16u) + 0u, _e550, scratch, scratch_at, _buffer_sizes);
                        metal::float4 _e555 = acc_4_0_1_;
                        store_h((target_at + 16u) + 1u, _e555, scratch, scratch_at, _buffer_sizes);
                        metal::float4 _e560 = acc_4_0_2_;
                        store_h((target_at + 16u) + 2u, _e560, scratch, scratch_at, _buffer_sizes);
                        metal::float4 _e565 = acc_4_0_3_;
                        store_h((target_at + 16u) + 3u, _e565, scratch, scratch_at, _buffer_sizes);
                        metal::float4 _e570 = acc_5_0_0_;
                        store_h((target_at + 20u) + 0u, _e570, scratch, scratch_at, _buffer_sizes);
                        metal::float4 _e575 = acc_5_0_1_;
                        store_h((target_at + 20u) + 1u, _e575, scratch, scratch_at, _buffer_sizes);
                        metal::float4 _e580 = acc_5_0_2_;
                        store_h((target_at + 20u) + 2u, _e580, scratch, scratch_at, _buffer_sizes);
                        metal::float4 _e585 = acc_5_0_3_;
                        store_h((target_at + 20u) + 3u, _e585, scratch, scratch_at, _buffer_sizes);
                        metal::float4 _e590 = acc_6_0_0_;
                        store_h((target_at + 24u) + 0u, _e590, scratch, scratch_at, _buffer_sizes);
                        metal::float4 _e595 = acc_6_0_1_;
                        store_h((target_at + 24u) + 1u, _e595, scratch, scratch_at, _buffer_sizes);
                        metal::float4 _e600 = acc_6_0_2_;
                        store_h((target_at + 24u) + 2u, _e600, scratch, scratch_at, _buffer_sizes);
                        metal::float4 _e605 = acc_6_0_3_;
                        store_h((target_at + 24u) + 3u, _e605, scratch, scratch_at, _buffer_sizes);
                        metal::float4 _e610 = acc_7_0_0_;
                        store_h((target_at + 28u) + 0u, _e610, scratch, scratch_at, _buffer_sizes);
                        metal::float4 _e615 = acc_7_0_1_;
                        store_h((target_at + 28u) + 1u, _e615, scratch, scratch_at, _buffer_sizes);
                        metal::float4 _e620 = acc_7_0_2_;
                        store_h((target_at + 28u) + 2u, _e620, scratch, scratch_at, _buffer_sizes);
                        metal::float4 _e625 = acc_7_0_3_;
                        store_h((target_at + 28u) + 3u, _e625, scratch, scratch_at, _buffer_sizes);
                        uint _e626 = column;
                        quad_13 = _e626;
                        uint2 loop_bound_9 = uint2(4294967295u);
                        bool loop_init_9 = true;
                        while(true) {
                            if (metal::all(loop_bound_9 == uint2(0u))) { break; }
                            loop_bound_9 -= uint2(loop_bound_9.y == 0u, 1u);
                            if (!loop_init_9) {
                                uint _e684 = quad_13;
                                quad_13 = _e684 + 1u;
                            }
                            loop_init_9 = false;
                            uint _e628 = quad_13;
                            uint _e629 = column;
                            if (_e628 < metal::min(_e629 + COLUMNS, QUADS)) {
                            } else {
                                break;
                            }
                            {
                                uint _e635 = quad_13;
                                uint _e636 = column;
                                uint at_2 = target_at + ((_e635 - _e636) * 4u);
                                metal::float4 _e641 = load_h(at_2, scratch, scratch_at, _buffer_sizes);
                                metal::float4 _e644 = load_h(at_2 + 1u, scratch, scratch_at, _buffer_sizes);
                                metal::float4 _e647 = load_h(at_2 + 2u, scratch, scratch_at, _buffer_sizes);
                                metal::float4 _e650 = load_h(at_2 + 3u, scratch, scratch_at, _buffer_sizes);
                                metal::float4x4 out_2 = metal::transpose(metal::float4x4(_e641, _e644, _e647, _e650));
                                uint _e655 = quad_13;
                                metal::float4 out_bias = biases[metal::min(unsigned(PROJ_OUT_BIAS_AT + _e655), (_buffer_sizes.size6 - 0 - 16) / 16)];
                                i_5 = 0u;
                                uint2 loop_bound_10 = uint2(4294967295u);
                                bool loop_init_10 = true;
                                while(true) {
                                    if (metal::all(loop_bound_10 == uint2(0u))) { break; }
                                    loop_bound_10 -= uint2(loop_bound_10.y == 0u, 1u);
                                    if (!loop_init_10) {
                                        uint _e681 = i_5;
                                        i_5 = _e681 + 1u;
                                    }
                                    loop_init_10 = false;
                                    uint _e661 = i_5;
                                    if (_e661 < 4u) {
                                        uint _e666 = i_5;
                                        uint _e670 = run.count;
                                        local_7 = (first + _e666) < _e670;
                                    } else {
                                        local_7 = false;
                                    }
                                    bool _e673 = local_7;
                                    if (_e673) {
                                    } else {
                                        break;
                                    }
                                    {
                                        uint _e674 = i_5;
                                        uint _e676 = quad_13;
                                        uint _e677 = i_5;
                                        update_quad(first + _e674, _e676, out_2[metal::min(unsigned(_e677), 3u)] + out_bias, run, step, normal_table, state_1, x0_, _buffer_sizes);
                                    }
                                }
                            }
                        }
                    } else {
                        uint _e686 = column;
                        metal::float4 _e690 = time_bias(layer_3, (_e686 + 0u) + own_1, step, biases, _buffer_sizes);
                        metal::float4 _e691 = from_lane_0_(_e690);
                        metal::uint4 _e692 = class_rows_1;
                        uint _e693 = column;
                        metal::float4x4 _e698 = class_biases(layer_3, _e692, (_e693 + 0u) + 0u, biases, _buffer_sizes);
                        {
                            uint _e699 = column;
                            uint at_3 = (((_e699 + 0u) + 0u) * 4u) + 0u;
                            metal::float4 _e708 = acc_0_0_0_;
                            metal::float4 _e714 = activate((_e708 + metal::float4(_e691.x)) + _e698[0]);
                            value_3 = _e714;
                            if (layer_3 > 0u) {
                                metal::float4 _e718 = value_3;
                                uint _e719 = source;
                                metal::float4 _e721 = load_h(_e719 + at_3, scratch, scratch_at, _buffer_sizes);
                                value_3 = _e718 + _e721;
                            }
                            metal::float4 _e724 = value_3;
                            store_h(target_at + at_3, _e724, scratch, scratch_at, _buffer_sizes);
                        }
                        {
                            uint _e725 = column;
                            uint at_4 = (((_e725 + 0u) + 0u) * 4u) + 1u;
                            metal::float4 _e734 = acc_0_0_1_;
                            metal::float4 _e740 = activate((_e734 + metal::float4(_e691.y)) + _e698[1]);
                            value_4 = _e740;
                            if (layer_3 > 0u) {
                                metal::float4 _e744 = value_4;
                                uint _e745 = source;
                                metal::float4 _e747 = load_h(_e745 + at_4, scratch, scratch_at, _buffer_sizes);
                                value_4 = _e744 + _e747;
                            }
                            metal::float4 _e750 = value_4;
                            store_h(target_at + at_4, _e750, scratch, scratch_at, _buffer_sizes);
                        }
                        {
                            uint _e751 = column;
                            uint at_5 = (((_e751 + 0u) + 0u) * 4u) + 2u;
                            metal::float4 _e760 = acc_0_0_2_;
                            metal::float4 _e766 = activate((_e760 + metal::float4(_e691.z)) + _e698[2]);
                            value_5 = _e766;
                            if (layer_3 > 0u) {
                                metal::float4 _e770 = value_5;
                                uint _e771 = source;
                                metal::float4 _e773 = load_h(_e771 + at_5, scratch, scratch_at, _buffer_sizes);
                                value_5 = _e770 + _e773;
                            }
                            metal::float4 _e776 = value_5;
                            store_h(target_at + at_5, _e776, scratch, scratch_at, _buffer_sizes);
                        }
                        {
                            uint _e777 = column;
                            uint at_6 = (((_e777 + 0u) + 0u) * 4u) + 3u;
                            metal::float4 _e786 = acc_0_0_3_;
                            metal::float4 _e792 = activate((_e786 + metal::float4(_e691.w)) + _e698[3]);
                            value_6 = _e792;
                            if (layer_3 > 0u) {
                                metal::float4 _e796 = value_6;
                                uint _e797 = source;
                                metal::float4 _e799 = load_h(_e797 + at_6, scratch, scratch_at, _buffer_sizes);
                                value_6 = _e796 + _e799;
                            }
                            metal::float4 _e802 = value_6;
                            store_h(target_at + at_6, _e802, scratch, scratch_at, _buffer_sizes);
                        }
                        uint _e803 = column;
                        metal::float4 _e807 = time_bias(layer_3, (_e803 + 1u) + own_1, step, biases, _buffer_sizes);
                        metal::float4 _e808 = from_lane_0_(_e807);
                        metal::uint4 _e809 = class_rows_1;
                        uint _e810 = column;
                        metal::float4x4 _e815 = class_biases(layer_3, _e809, (_e810 + 1u) + 0u, biases, _buffer_sizes);
                        {
                            uint _e816 = column;
                            uint at_7 = (((_e816 + 1u) + 0u) * 4u) + 0u;
                            metal::float4 _e825 = acc_1_0_0_;
                            metal::float4 _e831 = activate((_e825 + metal::float4(_e808.x)) + _e815[0]);
                            value_7 = _e831;
                            if (layer_3 > 0u) {
                                metal::float4 _e835 = value_7;
                                uint _e836 = source;
                                metal::float4 _e838 = load_h(_e836 + at_7, scratch, scratch_at, _buffer_sizes);
                                value_7 = _e835 + _e838;
                            }
                            metal::float4 _e841 = value_7;
                            store_h(target_at + at_7, _e841, scratch, scratch_at, _buffer_sizes);
                        }
                        {
                            uint _e842 = column;
                            uint at_8 = (((_e842 + 1u) + 0u) * 4u) + 1u;
                            metal::float4 _e851 = acc_1_0_1_;
                            metal::float4 _e857 = activate((_e851 + metal::float4(_e808.y)) + _e815[1]);
                            value_8 = _e857;
                            if (layer_3 > 0u) {
                                metal::float4 _e861 = value_8;
                                uint _e862 = source;
                                metal::float4 _e864 = load_h(_e862 + at_8, scratch, scratch_at, _buffer_sizes);
                                value_8 = _e861 + _e864;
                            }
                            metal::float4 _e867 = value_8;
                            store_h(target_at + at_8, _e867, scratch, scratch_at, _buffer_sizes);
                        }
                        {
                            uint _e868 = column;
                            uint at_9 = (((_e868 + 1u) + 0u) * 4u) + 2u;
                            metal::float4 _e877 = acc_1_0_2_;
                            metal::float4 _e883 = activate((_e877 + metal::float4(_e808.z)) + _e815[2]);
                            value_9 = _e883;
                            if (layer_3 > 0u) {
                                metal::float4 _e887 = value_9;
                                uint _e888 = source;
                                metal::float4 _e890 = load_h(_e888 + at_9, scratch, scratch_at, _buffer_sizes);
                                value_9 = _e887 + _e890;
                            }
                            metal::float4 _e893 = value_9;
                            store_h(target_at + at_9, _e893, scratch, scratch_at, _buffer_sizes);
                        }
                        {
                            uint _e894 = column;
                            uint at_10 = (((_e894 + 1u) + 0u) * 4u) + 3u;
                            metal::float4 _e903 = acc_1_0_3_;
                            metal::float4 _e909 = activate((_e903 + metal::float4(_e808.w)) + _e815[3]);
                            value_10 = _e909;
                            if (layer_3 > 0u) {
                                metal::float4 _e913 = value_10;
                                uint _e914 = source;
                                metal::float4 _e916 = load_h(_e914 + at_10, scratch, scratch_at, _buffer_sizes);
                                value_10 = _e913 + _e916;
                            }
                            metal::float4 _e919 = value_10;
                            store_h(target_at + at_10, _e919, scratch, scratch_at, _buffer_sizes);
                        }
                        uint _e920 = column;
                        metal::float4 _e924 = time_bias(layer_3, (_e920 + 2u) + own_1, step, biases, _buffer_sizes);
                        metal::float4 _e925 = from_lane_0_(_e924);
                        metal::uint4 _e926 = class_rows_1;
                        uint _e927 = column;
                        metal::float4x4 _e932 = class_biases(layer_3, _e926, (_e927 + 2u) + 0u, biases, _buffer_sizes);
                        {
                            uint _e933 = column;
                            uint at_11 = (((_e933 + 2u) + 0u) * 4u) + 0u;
                            metal::float4 _e942 = acc_2_0_0_;
                            metal::float4 _e948 = activate((_e942 + metal::float4(_e925.x)) + _e932[0]);
                            value_11 = _e948;
                            if (layer_3 > 0u) {
                                metal::float4 _e952 = value_11;
                                uint _e953 = source;
                                metal::float4 _e955 = load_h(_e953 + at_11, scratch, scratch_at, _buffer_sizes);
                                value_11 = _e952 + _e955;
                            }
                            metal::float4 _e958 = value_11;
                            store_h(target_at + at_11, _e958, scratch, scratch_at, _buffer_sizes);
                        }
                        {
                            uint _e959 = column;
                            uint at_12 = (((_e959 + 2u) + 0u) * 4u) + 1u;
                            metal::float4 _e968 = acc_2_0_1_;
                            metal::float4 _e974 = activate((_e968 + metal::float4(_e925.y)) + _e932[1]);
                            value_12 = _e974;
                            if (layer_3 > 0u) {
                                metal::float4 _e978 = value_12;
                                uint _e979 = source;
                                metal::float4 _e981 = load_h(_e979 + at_12, scratch, scratch_at, _buffer_sizes);
                                value_12 = _e978 + _e981;
                            }
                            metal::float4 _e984 = value_12;
                            store_h(target_at + at_12, _e984, scratch, scratch_at, _buffer_sizes);
                        }
                        {
                            uint _e985 = column;
                            uint at_13 = (((_e985 + 2u) + 0u) * 4u) + 2u;
                            metal::float4 _e994 = acc_2_0_2_;
                            metal::float4 _e1000 = activate((_e994 + metal::float4(_e925.z)) + _e932[2]);
                            value_13 = _e1000;
                            if (layer_3 > 0u) {
                                metal::float4 _e1004 = value_13;
                                uint _e1005 = source;
                                metal::float4 _e1007 = load_h(_e1005 + at_13, scratch, scratch_at, _buffer_sizes);
                                value_13 = _e1004 + _e1007;
                            }
                            metal::float4 _e1010 = value_13;
                            store_h(target_at + at_13, _e1010, scratch, scratch_at, _buffer_sizes);
                        }
                        {
                            uint _e1011 = column;
                            uint at_14 = (((_e1011 + 2u) + 0u) * 4u) + 3u;
                            metal::float4 _e1020 = acc_2_0_3_;
                            metal::float4 _e1026 = activate((_e1020 + metal::float4(_e925.w)) + _e932[3]);
                            value_14 = _e1026;
                            if (layer_3 > 0u) {
                                metal::float4 _e1030 = value_14;
                                uint _e1031 = source;
                                metal::float4 _e1033 = load_h(_e1031 + at_14, scratch, scratch_at, _buffer_sizes);
                                value_14 = _e1030 + _e1033;
                            }
                            metal::float4 _e1036 = value_14;
                            store_h(target_at + at_14, _e1036, scratch, scratch_at, _buffer_sizes);
                        }
                        uint _e1037 = column;
                        metal::float4 _e1041 = time_bias(layer_3, (_e1037 + 3u) + own_1, step, biases, _buffer_sizes);
                        metal::float4 _e1042 = from_lane_0_(_e1041);
                        metal::uint4 _e1043 = class_rows_1;
                        uint _e1044 = column;
                        metal::float4x4 _e1049 = class_biases(layer_3, _e1043, (_e1044 + 3u) + 0u, biases, _buffer_sizes);
                        {
                            uint _e1050 = column;
                            uint at_15 = (((_e1050 + 3u) + 0u) * 4u) + 0u;
                            metal::float4 _e1059 = acc_3_0_0_;
                            metal::float4 _e1065 = activate((_e1059 + metal::float4(_e1042.x)) + _e1049[0]);
                            value_15 = _e1065;
                            if (layer_3 > 0u) {
                                metal::float4 _e1069 = value_15;
                                uint _e1070 = source;
                                metal::float4 _e1072 = load_h(_e1070 + at_15, scratch, scratch_at, _buffer_sizes);
                                value_15 = _e1069 + _e1072;
                            }
                            metal::float4 _e1075 = value_15;
                            store_h(target_at + at_15, _e1075, scratch, scratch_at, _buffer_sizes);
                        }
                        {
                            uint _e1076 = column;
                            uint at_16 = (((_e1076 + 3u) + 0u) * 4u) + 1u;
                            metal::float4 _e1085 = acc_3_0_1_;
                            metal::float4 _e1091 = activate((_e1085 + metal::float4(_e1042.y)) + _e1049[1]);
                            value_16 = _e1091;
                            if (layer_3 > 0u) {
                                metal::float4 _e1095 = value_16;
                                uint _e1096 = source;
                                metal::float4 _e1098 = load_h(_e1096 + at_16, scratch, scratch_at, _buffer_sizes);
                                value_16 = _e1095 + _e1098;
                            }
                            metal::float4 _e1101 = value_16;
                            store_h(target_at + at_16, _e1101, scratch, scratch_at, _buffer_sizes);
                        }
                        {
                            uint _e1102 = column;
                            uint at_17 = (((_e1102 + 3u) + 0u) * 4u) + 2u;
                            metal::float4 _e1111 = acc_3_0_2_;
                            metal::float4 _e1117 = activate((_e1111 + metal::float4(_e1042.z)) + _e1049[2]);
                            value_17 = _e1117;
                            if (layer_3 > 0u) {
                                metal::float4 _e1121 = value_17;
                                uint _e1122 = source;
                                metal::float4 _e1124 = load_h(_e1122 + at_17, scratch, scratch_at, _buffer_sizes);
                                value_17 = _e1121 + _e1124;
                            }
                            metal::float4 _e1127 = value_17;
                            store_h(target_at + at_17, _e1127, scratch, scratch_at, _buffer_sizes);
                        }
                        {
                            uint _e1128 = column;
                            uint at_18 = (((_e1128 + 3u) + 0u) * 4u) + 3u;
                            metal::float4 _e1137 = acc_3_0_3_;
                            metal::float4 _e1143 = activate((_e1137 + metal::float4(_e1042.w)) + _e1049[3]);
                            value_18 = _e1143;
                            if (layer_3 > 0u) {
                                metal::float4 _e1147 = value_18;
                                uint _e1148 = source;
                                metal::float4 _e1150 = load_h(_e1148 + at_18, scratch, scratch_at, _buffer_sizes);
                                value_18 = _e1147 + _e1150;
                            }
                            metal::float4 _e1153 = value_18;
                            store_h(target_at + at_18, _e1153, scratch, scratch_at, _buffer_sizes);
                        }
                        uint _e1154 = column;
                        metal::float4 _e1158 = time_bias(layer_3, (_e1154 + 4u) + own_1, step, biases, _buffer_sizes);
                        metal::float4 _e1159 = from_lane_0_(_e1158);
                        metal::uint4 _e1160 = class_rows_1;
                        uint _e1161 = column;
                        metal::float4x4 _e1166 = class_biases(layer_3, _e1160, (_e1161 + 4u) + 0u, biases, _buffer_sizes);
                        {
                            uint _e1167 = column;
                            uint at_19 = (((_e1167 + 4u) + 0u) * 4u) + 0u;
                            metal::float4 _e1176 = acc_4_0_0_;
                            metal::float4 _e1182 = activate((_e1176 + metal::float4(_e1159.x)) + _e1166[0]);
                            value_19 = _e1182;
                            if (layer_3 > 0u) {
                                metal::float4 _e1186 = value_19;
                                uint _e1187 = source;
                                metal::float4 _e1189 = load_h(_e1187 + at_19, scratch, scratch_at, _buffer_sizes);
                                value_19 = _e1186 + _e1189;
                            }
                            metal::float4 _e1192 = value_19;
                            store_h(target_at + at_19, _e1192, scratch, scratch_at, _buffer_sizes);
                        }
                        {
                            uint _e1193 = column;
                            uint at_20 = (((_e1193 + 4u) + 0u) * 4u) + 1u;
                            metal::float4 _e1202 = acc_4_0_1_;
                            metal::float4 _e1208 = activate((_e1202 + metal::float4(_e1159.y)) + _e1166[1]);
                            value_20 = _e1208;
                            if (layer_3 > 0u) {
                                metal::float4 _e1212 = value_20;
                                uint _e1213 = source;
                                metal::float4 _e1215 = load_h(_e1213 + at_20, scratch, scratch_at, _buffer_sizes);
                                value_20 = _e1212 + _e1215;
                            }
                            metal::float4 _e1218 = value_20;
                            store_h(target_at + at_20, _e1218, scratch, scratch_at, _buffer_sizes);
                        }
                        {
                            uint _e1219 = column;
                            uint at_21 = (((_e1219 + 4u) + 0u) * 4u) + 2u;
                            metal::float4 _e1228 = acc_4_0_2_;
                            metal::float4 _e1234 = activate((_e1228 + metal::float4(_e1159.z)) + _e1166[2]);
                            value_21 = _e1234;
                            if (layer_3 > 0u) {
                                metal::float4 _e1238 = value_21;
                                uint _e1239 = source;
                                metal::float4 _e1241 = load_h(_e1239 + at_21, scratch, scratch_at, _buffer_sizes);
                                value_21 = _e1238 + _e1241;
                            }
                            metal::float4 _e1244 = value_21;
                            store_h(target_at + at_21, _e1244, scratch, scratch_at, _buffer_sizes);
                        }
                        {
                            uint _e1245 = column;
                            uint at_22 = (((_e1245 + 4u) + 0u) * 4u) + 3u;
                            metal::float4 _e1254 = acc_4_0_3_;
                            metal::float4 _e1260 = activate((_e1254 + metal::float4(_e1159.w)) + _e1166[3]);
                            value_22 = _e1260;
                            if (layer_3 > 0u) {
                                metal::float4 _e1264 = value_22;
                                uint _e1265 = source;
                                metal::float4 _e1267 = load_h(_e1265 + at_22, scratch, scratch_at, _buffer_sizes);
                                value_22 = _e1264 + _e1267;
                            }
                            metal::float4 _e1270 = value_22;
                            store_h(target_at + at_22, _e1270, scratch, scratch_at, _buffer_sizes);
                        }
                        uint _e1271 = column;
                        metal::float4 _e1275 = time_bias(layer_3, (_e1271 + 5u) + own_1, step, biases, _buffer_sizes);
                        metal::float4 _e1276 = from_lane_0_(_e1275);
                        metal::uint4 _e1277 = class_rows_1;
                        uint _e1278 = column;
                        metal::float4x4 _e1283 = class_biases(layer_3, _e1277, (_e1278 + 5u) + 0u, biases, _buffer_sizes);
                        {
                            uint _e1284 = column;
                            uint at_23 = (((_e1284 + 5u) + 0u) * 4u) + 0u;
                            metal::float4 _e1293 = acc_5_0_0_;
                            metal::float4 _e1299 = activate((_e1293 + metal::float4(_e1276.x)) + _e1283[0]);
                            value_23 = _e1299;
                            if (layer_3 > 0u) {
                                metal::float4 _e1303 = value_23;
                                uint _e1304 = source;
                                metal::float4 _e1306 = load_h(_e1304 + at_23, scratch, scratch_at, _buffer_sizes);
                                value_23 = _e1303 + _e1306;
                            }
                            metal::float4 _e1309 = value_23;
                            store_h(target_at + at_23, _e1309, scratch, scratch_at, _buffer_sizes);
                        }
                        {
                            uint _e1310 = column;
                            uint at_24 = (((_e1310 + 5u) + 0u) * 4u) + 1u;
                            metal::float4 _e1319 = acc_5_0_1_;
                            metal::float4 _e1325 = activate((_e1319 + metal::float4(_e1276.y)) + _e1283[1]);
                            value_24 = _e1325;
                            if (layer_3 > 0u) {
                                metal::float4 _e1329 = value_24;
                                uint _e1330 = source;
                                metal::float4 _e1332 = load_h(_e1330 + at_24, scratch, scratch_at, _buffer_sizes);
                                value_24 = _e1329 + _e1332;
                            }
                            metal::float4 _e1335 = value_24;
                            store_h(target_at + at_24, _e1335, scratch, scratch_at, _buffer_sizes);
                        }
                        {
                            uint _e1336 = column;
                            uint at_25 = (((_e1336 + 5u) + 0u) * 4u) + 2u;
                            metal::float4 _e1345 = acc_5_0_2_;
                            metal::float4 _e1351 = activate((_e1345 + metal::float4(_e1276.z)) + _e1283[2]);
                            value_25 = _e1351;
                            if (layer_3 > 0u) {
                                metal::float4 _e1355 = value_25;
                                uint _e1356 = source;
                                metal::float4 _e1358 = load_h(_e1356 + at_25, scratch, scratch_at, _buffer_sizes);
                                value_25 = _e1355 + _e1358;
                            }
                            metal::float4 _e1361 = value_25;
                            store_h(target_at + at_25, _e1361, scratch, scratch_at, _buffer_sizes);
                        }
                        {
                            uint _e1362 = column;
                            uint at_26 = (((_e1362 + 5u) + 0u) * 4u) + 3u;
                            metal::float4 _e1371 = acc_5_0_3_;
                            metal::float4 _e1377 = activate((_e1371 + metal::float4(_e1276.w)) + _e1283[3]);
                            value_26 = _e1377;
                            if (layer_3 > 0u) {
                                metal::float4 _e1381 = value_26;
                                uint _e1382 = source;
                                metal::float4 _e1384 = load_h(_e1382 + at_26, scratch, scratch_at, _buffer_sizes);
                                value_26 = _e1381 + _e1384;
                            }
                            metal::float4 _e1387 = value_26;
                            store_h(target_at + at_26, _e1387, scratch, scratch_at, _buffer_sizes);
                        }
                        uint _e1388 = column;
                        metal::float4 _e1392 = time_bias(layer_3, (_e1388 + 6u) + own_1, step, biases, _buffer_sizes);
                        metal::float4 _e1393 = from_lane_0_(_e1392);
                        metal::uint4 _e1394 = class_rows_1;
                        uint _e1395 = column;
                        metal::float4x4 _e1400 = class_biases(layer_3, _e1394, (_e1395 + 6u) + 0u, biases, _buffer_sizes);
                        {
                            uint _e1401 = column;
                            uint at_27 = (((_e1401 + 6u) + 0u) * 4u) + 0u;
                            metal::float4 _e1410 = acc_6_0_0_;
                            metal::float4 _e1416 = activate((_e1410 + metal::float4(_e1393.x)) + _e1400[0]);
                            value_27 = _e1416;
                            if (layer_3 > 0u) {
                                metal::float4 _e1420 = value_27;
                                uint _e1421 = source;
                                metal::float4 _e1423 = load_h(_e1421 + at_27, scratch, scratch_at, _buffer_sizes);
                                value_27 = _e1420 + _e1423;
                            }
                            metal::float4 _e1426 = value_27;
                            store_h(target_at + at_27, _e1426, scratch, scratch_at, _buffer_sizes);
                        }
                        {
                            uint _e1427 = column;
                            uint at_28 = (((_e1427 + 6u) + 0u) * 4u) + 1u;
                            metal::float4 _e1436 = acc_6_0_1_;
                            metal::float4 _e1442 = activate((_e1436 + metal::float4(_e1393.y)) + _e1400[1]);
                            value_28 = _e1442;
                            if (layer_3 > 0u) {
                                metal::float4 _e1446 = value_28;
                                uint _e1447 = source;
                                metal::float4 _e1449 = load_h(_e1447 + at_28, scratch, scratch_at, _buffer_sizes);
                                value_28 = _e1446 + _e1449;
                            }
                            metal::float4 _e1452 = value_28;
                            store_h(target_at + at_28, _e1452, scratch, scratch_at, _buffer_sizes);
                        }
                        {
                            uint _e1453 = column;
                            uint at_29 = (((_e1453 + 6u) + 0u) * 4u) + 2u;
                            metal::float4 _e1462 = acc_6_0_2_;
                            metal::float4 _e1468 = activate((_e1462 + metal::float4(_e1393.z)) + _e1400[2]);
                            value_29 = _e1468;
                            if (layer_3 > 0u) {
                                metal::float4 _e1472 = value_29;
                                uint _e1473 = source;
                                metal::float4 _e1475 = load_h(_e1473 + at_29, scratch, scratch_at, _buffer_sizes);
                                value_29 = _e1472 + _e1475;
                            }
                            metal::float4 _e1478 = value_29;
                            store_h(target_at + at_29, _e1478, scratch, scratch_at, _buffer_sizes);
                        }
                        {
                            uint _e1479 = column;
                            uint at_30 = (((_e1479 + 6u) + 0u) * 4u) + 3u;
                            metal::float4 _e1488 = acc_6_0_3_;
                            metal::float4 _e1494 = activate((_e1488 + metal::float4(_e1393.w)) + _e1400[3]);
                            value_30 = _e1494;
                            if (layer_3 > 0u) {
                                metal::float4 _e1498 = value_30;
                                uint _e1499 = source;
                                metal::float4 _e1501 = load_h(_e1499 + at_30, scratch, scratch_at, _buffer_sizes);
                                value_30 = _e1498 + _e1501;
                            }
                            metal::float4 _e1504 = value_30;
                            store_h(target_at + at_30, _e1504, scratch, scratch_at, _buffer_sizes);
                        }
                        uint _e1505 = column;
                        metal::float4 _e1509 = time_bias(layer_3, (_e1505 + 7u) + own_1, step, biases, _buffer_sizes);
                        metal::float4 _e1510 = from_lane_0_(_e1509);
                        metal::uint4 _e1511 = class_rows_1;
                        uint _e1512 = column;
                        metal::float4x4 _e1517 = class_biases(layer_3, _e1511, (_e1512 + 7u) + 0u, biases, _buffer_sizes);
                        {
                            uint _e1518 = column;
                            uint at_31 = (((_e1518 + 7u) + 0u) * 4u) + 0u;
                            metal::float4 _e1527 = acc_7_0_0_;
                            metal::float4 _e1533 = activate((_e1527 + metal::float4(_e1510.x)) + _e1517[0]);
                            value_31 = _e1533;
                            if (layer_3 > 0u) {
                                metal::float4 _e1537 = value_31;
                                uint _e1538 = source;
                                metal::float4 _e1540 = load_h(_e1538 + at_31, scratch, scratch_at, _buffer_sizes);
                                value_31 = _e1537 + _e1540;
                            }
                            metal::float4 _e1543 = value_31;
                            store_h(target_at + at_31, _e1543, scratch, scratch_at, _buffer_sizes);
                        }
                        {
                            uint _e1544 = column;
                            uint at_32 = (((_e1544 + 7u) + 0u) * 4u) + 1u;
                            metal::float4 _e1553 = acc_7_0_1_;
                            metal::float4 _e1559 = activate((_e1553 + metal::float4(_e1510.y)) + _e1517[1]);
                            value_32 = _e1559;
                            if (layer_3 > 0u) {
                                metal::float4 _e1563 = value_32;
                                uint _e1564 = source;
                                metal::float4 _e1566 = load_h(_e1564 + at_32, scratch, scratch_at, _buffer_sizes);
                                value_32 = _e1563 + _e1566;
                            }
                            metal::float4 _e1569 = value_32;
                            store_h(target_at + at_32, _e1569, scratch, scratch_at, _buffer_sizes);
                        }
                        {
                            uint _e1570 = column;
                            uint at_33 = (((_e1570 + 7u) + 0u) * 4u) + 2u;
                            metal::float4 _e1579 = acc_7_0_2_;
                            metal::float4 _e1585 = activate((_e1579 + metal::float4(_e1510.z)) + _e1517[2]);
                            value_33 = _e1585;
                            if (layer_3 > 0u) {
                                metal::float4 _e1589 = value_33;
                                uint _e1590 = source;
                                metal::float4 _e1592 = load_h(_e1590 + at_33, scratch, scratch_at, _buffer_sizes);
                                value_33 = _e1589 + _e1592;
                            }
                            metal::float4 _e1595 = value_33;
                            store_h(target_at + at_33, _e1595, scratch, scratch_at, _buffer_sizes);
                        }
                        {
                            uint _e1596 = column;
                            uint at_34 = (((_e1596 + 7u) + 0u) * 4u) + 3u;
                            metal::float4 _e1605 = acc_7_0_3_;
                            metal::float4 _e1611 = activate((_e1605 + metal::float4(_e1510.w)) + _e1517[3]);
                            value_34 = _e1611;
                            if (layer_3 > 0u) {
                                metal::float4 _e1615 = value_34;
                                uint _e1616 = source;
                                metal::float4 _e1618 = load_h(_e1616 + at_34, scratch, scratch_at, _buffer_sizes);
                                value_34 = _e1615 + _e1618;
                            }
                            metal::float4 _e1621 = value_34;
                            store_h(target_at + at_34, _e1621, scratch, scratch_at, _buffer_sizes);
                        }
                    }
                }
            }
            source = target_at;
            if (passes == 2u) {
                local_8 = layer_3 == 0u;
            } else {
                local_8 = false;
            }
            bool _e1632 = local_8;
            if (_e1632) {
                local_9 = !(is_out);
            } else {
                local_9 = false;
            }
            bool _e1637 = local_9;
            if (_e1637) {
                k_4 = 0u;
                uint2 loop_bound_11 = uint2(4294967295u);
                bool loop_init_11 = true;
                while(true) {
                    if (metal::all(loop_bound_11 == uint2(0u))) { break; }
                    loop_bound_11 -= uint2(loop_bound_11.y == 0u, 1u);
                    if (!loop_init_11) {
                        uint _e1676 = k_4;
                        k_4 = _e1676 + 1u;
                    }
                    loop_init_11 = false;
                    uint _e1640 = k_4;
                    if (_e1640 < HIDDEN) {
                    } else {
                        break;
                    }
                    {
                        uint _e1643 = stage;
                        if (_e1643 < LAYERS) {
                            uint _e1647 = k_4;
                            float _e1651 = run.guidance;
                            uint _e1652 = source;
                            uint _e1653 = k_4;
                            metal::float4 _e1655 = load_h(_e1652 + _e1653, scratch, scratch_at, _buffer_sizes);
                            store_h(64u + _e1647, _e1651 * _e1655, scratch, scratch_at, _buffer_sizes);
                        } else {
                            uint _e1658 = k_4;
                            uint _e1661 = k_4;
                            metal::float4 _e1663 = load_h(64u + _e1661, scratch, scratch_at, _buffer_sizes);
                            float _e1666 = run.guidance;
                            uint _e1669 = source;
                            uint _e1670 = k_4;
                            metal::float4 _e1672 = load_h(_e1669 + _e1670, scratch, scratch_at, _buffer_sizes);
                            store_h(64u + _e1658, _e1663 + ((1.0 - _e1666) * _e1672), scratch, scratch_at, _buffer_sizes);
                        }
                    }
                }
                uint _e1678 = source;
                uint _e1680 = stage;
                source = (_e1680 == (out_stage - 1u)) ? 64u : _e1678;
            }
        }
    }
    return;
}

struct mlp_step_serialInput {
};
kernel void mlp_step_serial(
  metal::uint3 group [[threadgroup_position_in_grid]]
, metal::uint3 groups [[threadgroups_per_grid]]
, uint local [[thread_index_in_threadgroup]]
, constant Run& run [[buffer(0)]]
, constant Step& step [[buffer(1)]]
, constant type_5& normal_table [[buffer(4)]]
, device type_7& state_1 [[buffer(2)]]
, device type_7& x0_ [[buffer(3)]]
, device type_10 const& weights [[buffer(5)]]
, device type_11 const& biases [[buffer(6)]]
, device type_12 const& classes [[buffer(7)]]
, device type_11& scratch [[buffer(8)]]
, constant _mslBufferSizes& _buffer_sizes [[buffer(9)]]
) {
    uint scratch_at = {};
    uint k = 0u;
    uint workgroup = group.x + (group.y * groups.x);
    uint first_3 = ((workgroup * WORKGROUP) + local) * 4u;
    scratch_at = ((workgroup * 64u) * WORKGROUP) + local;
    uint _e28 = run.count;
    metal::uint4 samples_2 = metal::min(metal::uint4(first_3) + metal::uint4(0u, 1u, 2u, 3u), metal::uint4(_e28 - 1u));
    uint _e33 = lane();
    uint2 loop_bound_12 = uint2(4294967295u);
    bool loop_init_12 = true;
    while(true) {
        if (metal::all(loop_bound_12 == uint2(0u))) { break; }
        loop_bound_12 -= uint2(loop_bound_12.y == 0u, 1u);
        if (!loop_init_12) {
            uint _e41 = k;
            k = _e41 + 1u;
        }
        loop_init_12 = false;
        uint _e36 = k;
        if (_e36 < STEPS) {
        } else {
            break;
        }
        {
            uint _e39 = k;
            take_step(_e39);
            network_step(first_3, samples_2, _e33, run, step, normal_table, state_1, x0_, weights, biases, classes, scratch, scratch_at, _buffer_sizes);
        }
    }
    return;
}
