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
    uint padding_0_;
    uint padding_1_;
    uint padding_2_;
};
struct Run {
    metal::uint2 key;
    metal::uint2 first_sample;
    uint count;
    float guidance;
    uint null_class;
    uint draw;
};
struct type_4 {
    metal::uint4 inner[224];
};
typedef float type_6[1];
struct Updated {
    metal::float4 state;
    metal::float4 x0_;
};
typedef metal::float4 type_7[1];
typedef uint type_8[1];
constant uint WORKGROUP = 8u;
constant uint COLUMNS = 4u;
constant uint UNROLL = 16u;
constant uint MIXED = 0u;
constant uint DIMS = 2u;
constant uint QUADS = 1u;
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
constant uint PROJ_OUT_BIAS_AT = 160u;
constant uint FREQUENCIES_AT = 161u;
constant uint LAYERS = 1u;
constant uint INNER = 16u;
constant uint WIDTH = 32u;

metal::uint2 global_sample(
    uint local_1,
    constant Run& run
) {
    uint _e4 = run.first_sample.x;
    uint lo = _e4 + local_1;
    uint _e9 = run.first_sample.y;
    return metal::uint2(lo, _e9 + ((lo < local_1) ? 1u : 0u));
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
    constant type_4& normal_table
) {
    uint vector = segment >> 1u;
    uint component = (segment & 1u) * 2u;
    uint _e10 = normal_table.inner[metal::min(unsigned(vector), 223u)][metal::min(unsigned(component), 3u)];
    uint _e16 = normal_table.inner[metal::min(unsigned(vector), 223u)][metal::min(unsigned(component + 1u), 3u)];
    return metal::uint2(_e10, _e16);
}

int naga_neg(int val) {
    return as_type<int>(-as_type<uint>(val));
}

float normal_from_word(
    uint word,
    constant type_4& normal_table
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
    uint quad_2,
    constant type_4& normal_table
) {
    metal::uint4 _e5 = philox4x32_10_(metal::uint4(quad_2, sample, draw), key_2);
    float _e7 = normal_from_word(_e5.x, normal_table);
    float _e9 = normal_from_word(_e5.y, normal_table);
    float _e11 = normal_from_word(_e5.z, normal_table);
    float _e13 = normal_from_word(_e5.w, normal_table);
    return metal::float4(_e7, _e9, _e11, _e13);
}

metal::float4 load_state(
    uint sample_1,
    uint quad_3,
    device type_6 const& state_1,
    constant _mslBufferSizes& _buffer_sizes
) {
    metal::float4 value = metal::float4(0.0);
    uint i_1 = 0u;
    uint first = quad_3 * 4u;
    uint at = (sample_1 * DIMS) + first;
    uint2 loop_bound = uint2(4294967295u);
    bool loop_init = true;
    while(true) {
        if (metal::all(loop_bound == uint2(0u))) { break; }
        loop_bound -= uint2(loop_bound.y == 0u, 1u);
        if (!loop_init) {
            uint _e26 = i_1;
            i_1 = _e26 + 1u;
        }
        loop_init = false;
        uint _e12 = i_1;
        if (_e12 < metal::min(4u, DIMS - first)) {
        } else {
            break;
        }
        {
            uint _e18 = i_1;
            uint _e21 = i_1;
            float _e24 = state_1[metal::min(unsigned(at + _e21), (_buffer_sizes.size3 - 0 - 4) / 4)];
            value[metal::min(unsigned(_e18), 3u)] = _e24;
        }
    }
    metal::float4 _e28 = value;
    return _e28;
}

void store_state(
    uint sample_2,
    uint quad_4,
    metal::float4 value_1,
    device type_6& state_1,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint i_2 = 0u;
    uint first_1 = quad_4 * 4u;
    uint at_1 = (sample_2 * DIMS) + first_1;
    uint2 loop_bound_1 = uint2(4294967295u);
    bool loop_init_1 = true;
    while(true) {
        if (metal::all(loop_bound_1 == uint2(0u))) { break; }
        loop_bound_1 -= uint2(loop_bound_1.y == 0u, 1u);
        if (!loop_init_1) {
            uint _e23 = i_2;
            i_2 = _e23 + 1u;
        }
        loop_init_1 = false;
        uint _e10 = i_2;
        if (_e10 < metal::min(4u, DIMS - first_1)) {
        } else {
            break;
        }
        {
            uint _e17 = i_2;
            uint _e20 = i_2;
            state_1[metal::min(unsigned(at_1 + _e17), (_buffer_sizes.size3 - 0 - 4) / 4)] = value_1[metal::min(unsigned(_e20), 3u)];
        }
    }
    return;
}

metal::float4 load_x0_(
    uint sample_3,
    uint quad_5,
    device type_6 const& x0_,
    constant _mslBufferSizes& _buffer_sizes
) {
    metal::float4 value_2 = metal::float4(0.0);
    uint i_3 = 0u;
    uint first_2 = quad_5 * 4u;
    uint at_2 = (sample_3 * DIMS) + first_2;
    uint2 loop_bound_2 = uint2(4294967295u);
    bool loop_init_2 = true;
    while(true) {
        if (metal::all(loop_bound_2 == uint2(0u))) { break; }
        loop_bound_2 -= uint2(loop_bound_2.y == 0u, 1u);
        if (!loop_init_2) {
            uint _e26 = i_3;
            i_3 = _e26 + 1u;
        }
        loop_init_2 = false;
        uint _e12 = i_3;
        if (_e12 < metal::min(4u, DIMS - first_2)) {
        } else {
            break;
        }
        {
            uint _e18 = i_3;
            uint _e21 = i_3;
            float _e24 = x0_[metal::min(unsigned(at_2 + _e21), (_buffer_sizes.size4 - 0 - 4) / 4)];
            value_2[metal::min(unsigned(_e18), 3u)] = _e24;
        }
    }
    metal::float4 _e28 = value_2;
    return _e28;
}

void store_x0_(
    uint sample_4,
    uint quad_6,
    metal::float4 value_3,
    device type_6& x0_,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint i_4 = 0u;
    uint first_3 = quad_6 * 4u;
    uint at_3 = (sample_4 * DIMS) + first_3;
    uint2 loop_bound_3 = uint2(4294967295u);
    bool loop_init_3 = true;
    while(true) {
        if (metal::all(loop_bound_3 == uint2(0u))) { break; }
        loop_bound_3 -= uint2(loop_bound_3.y == 0u, 1u);
        if (!loop_init_3) {
            uint _e23 = i_4;
            i_4 = _e23 + 1u;
        }
        loop_init_3 = false;
        uint _e10 = i_4;
        if (_e10 < metal::min(4u, DIMS - first_3)) {
        } else {
            break;
        }
        {
            uint _e17 = i_4;
            uint _e20 = i_4;
            x0_[metal::min(unsigned(at_3 + _e17), (_buffer_sizes.size4 - 0 - 4) / 4)] = value_3[metal::min(unsigned(_e20), 3u)];
        }
    }
    return;
}

Updated update(
    metal::float4 x,
    metal::float4 out_1,
    metal::float4 history,
    metal::float4 noise,
    constant Step& step
) {
    metal::float4 eps = {};
    float _e6 = step.clip_limit;
    metal::float4 limit = metal::float4(_e6);
    float _e10 = step.x0_from_x;
    float _e14 = step.x0_from_out;
    metal::float4 x0_1 = metal::clamp((_e10 * x) + (_e14 * out_1), -(limit), limit);
    float _e21 = step.eps_from_x;
    float _e25 = step.eps_from_out;
    eps = (_e21 * x) + (_e25 * out_1);
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
    return Updated {(mean + (_e55 * noise)) + (_e60 * history), x0_1};
}

void update_quad(
    uint sample_5,
    uint quad_7,
    metal::float4 out_2,
    constant Run& run,
    constant Step& step,
    constant type_4& normal_table,
    device type_6& state_1,
    device type_6& x0_,
    constant _mslBufferSizes& _buffer_sizes
) {
    metal::float4 noise_1 = metal::float4(0.0);
    metal::float4 history_1 = metal::float4(0.0);
    metal::float4 _e3 = load_state(sample_5, quad_7, state_1, _buffer_sizes);
    float _e9 = step.noise_scale;
    if (_e9 != 0.0) {
        metal::uint2 _e14 = run.key;
        metal::uint2 _e15 = global_sample(sample_5, run);
        uint _e18 = step.draw;
        metal::float4 _e19 = normals4_(_e14, _e15, _e18, quad_7, normal_table);
        noise_1 = _e19;
    }
    float _e25 = step.history_scale;
    if (_e25 != 0.0) {
        metal::float4 _e28 = load_x0_(sample_5, quad_7, x0_, _buffer_sizes);
        history_1 = _e28;
    }
    metal::float4 _e29 = history_1;
    metal::float4 _e30 = noise_1;
    Updated _e31 = update(_e3, out_2, _e29, _e30, step);
    store_state(sample_5, quad_7, _e31.state, state_1, _buffer_sizes);
    store_x0_(sample_5, quad_7, _e31.x0_, x0_, _buffer_sizes);
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

int naga_f2i32(float value) {
    return static_cast<int>(metal::clamp(value, -2147483600.0, 2147483500.0));
}

float sine(
    float angle,
    uint quarters
) {
    float n = metal::rint(angle * 0.63661975);
    float r = ((angle - (n * 1.5703125)) - (n * 0.0004837513)) - (n * 0.0000000754979);
    float r2_ = r * r;
    float s = r + ((r * r2_) * (-0.16666655 + (r2_ * (0.008332161 - (r2_ * 0.00019515296)))));
    float c = (1.0 - (0.5 * r2_)) + ((r2_ * r2_) * (0.041666646 + (r2_ * (-0.0013887316 + (r2_ * 0.000024433157)))));
    uint quadrant = (as_type<uint>(naga_f2i32(n)) + quarters) & 3u;
    float value_6 = ((quadrant & 1u) == 1u) ? c : s;
    return (quadrant >= 2u) ? -(value_6) : value_6;
}

uint naga_div(uint lhs, uint rhs) {
    return lhs / metal::select(rhs, 1u, rhs == 0u);
}

uint naga_mod(uint lhs, uint rhs) {
    return lhs % metal::select(rhs, 1u, rhs == 0u);
}

float embedded(
    uint sample_6,
    uint index,
    device type_6 const& state_1,
    device type_7 const& weights,
    constant _mslBufferSizes& _buffer_sizes
) {
    bool local_2 = {};
    uint element = naga_div(index, 1u);
    uint j = naga_mod(index, 1u);
    if (!((index >= FEATURES))) {
        local_2 = j >= (2u * 0u);
    } else {
        local_2 = true;
    }
    bool _e16 = local_2;
    if (_e16) {
        return 0.0;
    }
    metal::float4 _e20 = load_state(sample_6, naga_div(element, 4u), state_1, _buffer_sizes);
    float x_1 = _e20[metal::min(unsigned(naga_mod(element, 4u)), 3u)];
    uint second = static_cast<uint>(j >= 0u);
    uint f = j - (second * 0u);
    float _e37 = weights[metal::min(unsigned(FREQUENCIES_AT + naga_div(f, 4u)), (_buffer_sizes.size5 - 0 - 16) / 16)][metal::min(unsigned(naga_mod(f, 4u)), 3u)];
    float _e41 = sine(x_1 * _e37, second ^ EMBEDDING_COSINE_FIRST);
    return _e41;
}

metal::float4 features(
    uint sample_7,
    uint quad_8,
    device type_6 const& state_1,
    device type_7 const& weights,
    constant _mslBufferSizes& _buffer_sizes
) {
    if (true) {
        metal::float4 _e3 = load_state(sample_7, quad_8, state_1, _buffer_sizes);
        return _e3;
    }
    uint i_6 = quad_8 * 4u;
    float _e6 = embedded(sample_7, i_6, state_1, weights, _buffer_sizes);
    float _e9 = embedded(sample_7, i_6 + 1u, state_1, weights, _buffer_sizes);
    float _e12 = embedded(sample_7, i_6 + 2u, state_1, weights, _buffer_sizes);
    float _e15 = embedded(sample_7, i_6 + 3u, state_1, weights, _buffer_sizes);
    return metal::float4(_e6, _e9, _e12, _e15);
}

metal::float4 bias(
    uint layer_1,
    uint class_row,
    uint quad_9,
    constant Step& step,
    device type_7 const& biases,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint at_4 = (layer_1 * HIDDEN_QUADS) + quad_9;
    uint _e10 = step.row;
    metal::float4 time = biases[metal::min(unsigned((((CLASS_ROWS + _e10) * LAYERS) * HIDDEN_QUADS) + at_4), (_buffer_sizes.size6 - 0 - 16) / 16)];
    if (true) {
        return time;
    }
    metal::float4 _e27 = biases[metal::min(unsigned(((class_row * LAYERS) * HIDDEN_QUADS) + at_4), (_buffer_sizes.size6 - 0 - 16) / 16)];
    return time + _e27;
}

uint class_row_1(
    uint sample_8,
    uint pass_index_1,
    constant Run& run,
    device type_8 const& classes,
    constant _mslBufferSizes& _buffer_sizes
) {
    if (true) {
        return 0u;
    }
    if (pass_index_1 == 1u) {
        uint _e8 = run.null_class;
        return _e8;
    }
    uint _e12 = run.count;
    uint _e17 = classes[metal::min(unsigned(metal::min(sample_8, _e12 - 1u)), (_buffer_sizes.size7 - 0 - 4) / 4)];
    return _e17;
}

metal::float4 activate(
    metal::float4 v_4
) {
    metal::float4 _e1 = relu(v_4);
    return _e1;
}

metal::float4 load_h(
    uint index_1,
    device type_7 const& scratch,
    thread uint& scratch_at,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint _e3 = scratch_at;
    metal::float4 _e8 = scratch[metal::min(unsigned(_e3 + (index_1 * WORKGROUP)), (_buffer_sizes.size8 - 0 - 16) / 16)];
    return _e8;
}

void store_h(
    uint index_2,
    metal::float4 value_4,
    device type_7& scratch,
    thread uint& scratch_at,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint _e4 = scratch_at;
    scratch[metal::min(unsigned(_e4 + (index_2 * WORKGROUP)), (_buffer_sizes.size8 - 0 - 16) / 16)] = value_4;
    return;
}

void multiply(
    uint weights_at,
    uint inner,
    uint source,
    uint target_at,
    device type_7 const& weights,
    device type_7& scratch,
    thread uint& scratch_at,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint column = 0u;
    metal::float4 acc_0_0_ = {};
    metal::float4 acc_0_1_ = {};
    metal::float4 acc_0_2_ = {};
    metal::float4 acc_0_3_ = {};
    metal::float4 acc_1_0_ = {};
    metal::float4 acc_1_1_ = {};
    metal::float4 acc_1_2_ = {};
    metal::float4 acc_1_3_ = {};
    metal::float4 acc_2_0_ = {};
    metal::float4 acc_2_1_ = {};
    metal::float4 acc_2_2_ = {};
    metal::float4 acc_2_3_ = {};
    metal::float4 acc_3_0_ = {};
    metal::float4 acc_3_1_ = {};
    metal::float4 acc_3_2_ = {};
    metal::float4 acc_3_3_ = {};
    uint k_3 = {};
    uint2 loop_bound_4 = uint2(4294967295u);
    bool loop_init_4 = true;
    while(true) {
        if (metal::all(loop_bound_4 == uint2(0u))) { break; }
        loop_bound_4 -= uint2(loop_bound_4.y == 0u, 1u);
        if (!loop_init_4) {
            uint _e1760 = column;
            column = _e1760 + COLUMNS;
        }
        loop_init_4 = false;
        uint _e6 = column;
        if (_e6 < HIDDEN_QUADS) {
        } else {
            break;
        }
        {
            acc_0_0_ = metal::float4(0.0);
            acc_0_1_ = metal::float4(0.0);
            acc_0_2_ = metal::float4(0.0);
            acc_0_3_ = metal::float4(0.0);
            acc_1_0_ = metal::float4(0.0);
            acc_1_1_ = metal::float4(0.0);
            acc_1_2_ = metal::float4(0.0);
            acc_1_3_ = metal::float4(0.0);
            acc_2_0_ = metal::float4(0.0);
            acc_2_1_ = metal::float4(0.0);
            acc_2_2_ = metal::float4(0.0);
            acc_2_3_ = metal::float4(0.0);
            acc_3_0_ = metal::float4(0.0);
            acc_3_1_ = metal::float4(0.0);
            acc_3_2_ = metal::float4(0.0);
            acc_3_3_ = metal::float4(0.0);
            k_3 = 0u;
            uint2 loop_bound_5 = uint2(4294967295u);
            bool loop_init_5 = true;
            while(true) {
                if (metal::all(loop_bound_5 == uint2(0u))) { break; }
                loop_bound_5 -= uint2(loop_bound_5.y == 0u, 1u);
                if (!loop_init_5) {
                    uint _e1613 = k_3;
                    k_3 = _e1613 + UNROLL;
                }
                loop_init_5 = false;
                uint _e59 = k_3;
                if (_e59 < inner) {
                } else {
                    break;
                }
                {
                    uint _e61 = k_3;
                    metal::float4 _e65 = load_h((source + _e61) + 0u, scratch, scratch_at, _buffer_sizes);
                    uint _e66 = k_3;
                    uint _e72 = column;
                    uint at_0_ = (weights_at + ((_e66 + 0u) * HIDDEN_QUADS)) + _e72;
                    metal::float4 w_0_0_ = weights[metal::min(unsigned(at_0_ + 0u), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    metal::float4 _e79 = acc_0_0_;
                    acc_0_0_ = _e79 + (_e65 * w_0_0_.x);
                    metal::float4 _e83 = acc_0_1_;
                    acc_0_1_ = _e83 + (_e65 * w_0_0_.y);
                    metal::float4 _e87 = acc_0_2_;
                    acc_0_2_ = _e87 + (_e65 * w_0_0_.z);
                    metal::float4 _e91 = acc_0_3_;
                    acc_0_3_ = _e91 + (_e65 * w_0_0_.w);
                    metal::float4 w_0_1_ = weights[metal::min(unsigned(at_0_ + 1u), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    metal::float4 _e100 = acc_1_0_;
                    acc_1_0_ = _e100 + (_e65 * w_0_1_.x);
                    metal::float4 _e104 = acc_1_1_;
                    acc_1_1_ = _e104 + (_e65 * w_0_1_.y);
                    metal::float4 _e108 = acc_1_2_;
                    acc_1_2_ = _e108 + (_e65 * w_0_1_.z);
                    metal::float4 _e112 = acc_1_3_;
                    acc_1_3_ = _e112 + (_e65 * w_0_1_.w);
                    metal::float4 w_0_2_ = weights[metal::min(unsigned(at_0_ + 2u), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    metal::float4 _e121 = acc_2_0_;
                    acc_2_0_ = _e121 + (_e65 * w_0_2_.x);
                    metal::float4 _e125 = acc_2_1_;
                    acc_2_1_ = _e125 + (_e65 * w_0_2_.y);
                    metal::float4 _e129 = acc_2_2_;
                    acc_2_2_ = _e129 + (_e65 * w_0_2_.z);
                    metal::float4 _e133 = acc_2_3_;
                    acc_2_3_ = _e133 + (_e65 * w_0_2_.w);
                    metal::float4 w_0_3_ = weights[metal::min(unsigned(at_0_ + 3u), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    metal::float4 _e142 = acc_3_0_;
                    acc_3_0_ = _e142 + (_e65 * w_0_3_.x);
                    metal::float4 _e146 = acc_3_1_;
                    acc_3_1_ = _e146 + (_e65 * w_0_3_.y);
                    metal::float4 _e150 = acc_3_2_;
                    acc_3_2_ = _e150 + (_e65 * w_0_3_.z);
                    metal::float4 _e154 = acc_3_3_;
                    acc_3_3_ = _e154 + (_e65 * w_0_3_.w);
                    uint _e158 = k_3;
                    metal::float4 _e162 = load_h((source + _e158) + 1u, scratch, scratch_at, _buffer_sizes);
                    uint _e163 = k_3;
                    uint _e169 = column;
                    uint at_1_ = (weights_at + ((_e163 + 1u) * HIDDEN_QUADS)) + _e169;
                    metal::float4 w_1_0_ = weights[metal::min(unsigned(at_1_ + 0u), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    metal::float4 _e176 = acc_0_0_;
                    acc_0_0_ = _e176 + (_e162 * w_1_0_.x);
                    metal::float4 _e180 = acc_0_1_;
                    acc_0_1_ = _e180 + (_e162 * w_1_0_.y);
                    metal::float4 _e184 = acc_0_2_;
                    acc_0_2_ = _e184 + (_e162 * w_1_0_.z);
                    metal::float4 _e188 = acc_0_3_;
                    acc_0_3_ = _e188 + (_e162 * w_1_0_.w);
                    metal::float4 w_1_1_ = weights[metal::min(unsigned(at_1_ + 1u), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    metal::float4 _e197 = acc_1_0_;
                    acc_1_0_ = _e197 + (_e162 * w_1_1_.x);
                    metal::float4 _e201 = acc_1_1_;
                    acc_1_1_ = _e201 + (_e162 * w_1_1_.y);
                    metal::float4 _e205 = acc_1_2_;
                    acc_1_2_ = _e205 + (_e162 * w_1_1_.z);
                    metal::float4 _e209 = acc_1_3_;
                    acc_1_3_ = _e209 + (_e162 * w_1_1_.w);
                    metal::float4 w_1_2_ = weights[metal::min(unsigned(at_1_ + 2u), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    metal::float4 _e218 = acc_2_0_;
                    acc_2_0_ = _e218 + (_e162 * w_1_2_.x);
                    metal::float4 _e222 = acc_2_1_;
                    acc_2_1_ = _e222 + (_e162 * w_1_2_.y);
                    metal::float4 _e226 = acc_2_2_;
                    acc_2_2_ = _e226 + (_e162 * w_1_2_.z);
                    metal::float4 _e230 = acc_2_3_;
                    acc_2_3_ = _e230 + (_e162 * w_1_2_.w);
                    metal::float4 w_1_3_ = weights[metal::min(unsigned(at_1_ + 3u), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    metal::float4 _e239 = acc_3_0_;
                    acc_3_0_ = _e239 + (_e162 * w_1_3_.x);
                    metal::float4 _e243 = acc_3_1_;
                    acc_3_1_ = _e243 + (_e162 * w_1_3_.y);
                    metal::float4 _e247 = acc_3_2_;
                    acc_3_2_ = _e247 + (_e162 * w_1_3_.z);
                    metal::float4 _e251 = acc_3_3_;
                    acc_3_3_ = _e251 + (_e162 * w_1_3_.w);
                    uint _e255 = k_3;
                    metal::float4 _e259 = load_h((source + _e255) + 2u, scratch, scratch_at, _buffer_sizes);
                    uint _e260 = k_3;
                    uint _e266 = column;
                    uint at_2_ = (weights_at + ((_e260 + 2u) * HIDDEN_QUADS)) + _e266;
                    metal::float4 w_2_0_ = weights[metal::min(unsigned(at_2_ + 0u), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    metal::float4 _e273 = acc_0_0_;
                    acc_0_0_ = _e273 + (_e259 * w_2_0_.x);
                    metal::float4 _e277 = acc_0_1_;
                    acc_0_1_ = _e277 + (_e259 * w_2_0_.y);
                    metal::float4 _e281 = acc_0_2_;
                    acc_0_2_ = _e281 + (_e259 * w_2_0_.z);
                    metal::float4 _e285 = acc_0_3_;
                    acc_0_3_ = _e285 + (_e259 * w_2_0_.w);
                    metal::float4 w_2_1_ = weights[metal::min(unsigned(at_2_ + 1u), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    metal::float4 _e294 = acc_1_0_;
                    acc_1_0_ = _e294 + (_e259 * w_2_1_.x);
                    metal::float4 _e298 = acc_1_1_;
                    acc_1_1_ = _e298 + (_e259 * w_2_1_.y);
                    metal::float4 _e302 = acc_1_2_;
                    acc_1_2_ = _e302 + (_e259 * w_2_1_.z);
                    metal::float4 _e306 = acc_1_3_;
                    acc_1_3_ = _e306 + (_e259 * w_2_1_.w);
                    metal::float4 w_2_2_ = weights[metal::min(unsigned(at_2_ + 2u), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    metal::float4 _e315 = acc_2_0_;
                    acc_2_0_ = _e315 + (_e259 * w_2_2_.x);
                    metal::float4 _e319 = acc_2_1_;
                    acc_2_1_ = _e319 + (_e259 * w_2_2_.y);
                    metal::float4 _e323 = acc_2_2_;
                    acc_2_2_ = _e323 + (_e259 * w_2_2_.z);
                    metal::float4 _e327 = acc_2_3_;
                    acc_2_3_ = _e327 + (_e259 * w_2_2_.w);
                    metal::float4 w_2_3_ = weights[metal::min(unsigned(at_2_ + 3u), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    metal::float4 _e336 = acc_3_0_;
                    acc_3_0_ = _e336 + (_e259 * w_2_3_.x);
                    metal::float4 _e340 = acc_3_1_;
                    acc_3_1_ = _e340 + (_e259 * w_2_3_.y);
                    metal::float4 _e344 = acc_3_2_;
                    acc_3_2_ = _e344 + (_e259 * w_2_3_.z);
                    metal::float4 _e348 = acc_3_3_;
                    acc_3_3_ = _e348 + (_e259 * w_2_3_.w);
                    uint _e352 = k_3;
                    metal::float4 _e356 = load_h((source + _e352) + 3u, scratch, scratch_at, _buffer_sizes);
                    uint _e357 = k_3;
                    uint _e363 = column;
                    uint at_3_ = (weights_at + ((_e357 + 3u) * HIDDEN_QUADS)) + _e363;
                    metal::float4 w_3_0_ = weights[metal::min(unsigned(at_3_ + 0u), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    metal::float4 _e370 = acc_0_0_;
                    acc_0_0_ = _e370 + (_e356 * w_3_0_.x);
                    metal::float4 _e374 = acc_0_1_;
                    acc_0_1_ = _e374 + (_e356 * w_3_0_.y);
                    metal::float4 _e378 = acc_0_2_;
                    acc_0_2_ = _e378 + (_e356 * w_3_0_.z);
                    metal::float4 _e382 = acc_0_3_;
                    acc_0_3_ = _e382 + (_e356 * w_3_0_.w);
                    metal::float4 w_3_1_ = weights[metal::min(unsigned(at_3_ + 1u), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    metal::float4 _e391 = acc_1_0_;
                    acc_1_0_ = _e391 + (_e356 * w_3_1_.x);
                    metal::float4 _e395 = acc_1_1_;
                    acc_1_1_ = _e395 + (_e356 * w_3_1_.y);
                    metal::float4 _e399 = acc_1_2_;
                    acc_1_2_ = _e399 + (_e356 * w_3_1_.z);
                    metal::float4 _e403 = acc_1_3_;
                    acc_1_3_ = _e403 + (_e356 * w_3_1_.w);
                    metal::float4 w_3_2_ = weights[metal::min(unsigned(at_3_ + 2u), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    metal::float4 _e412 = acc_2_0_;
                    acc_2_0_ = _e412 + (_e356 * w_3_2_.x);
                    metal::float4 _e416 = acc_2_1_;
                    acc_2_1_ = _e416 + (_e356 * w_3_2_.y);
                    metal::float4 _e420 = acc_2_2_;
                    acc_2_2_ = _e420 + (_e356 * w_3_2_.z);
                    metal::float4 _e424 = acc_2_3_;
                    acc_2_3_ = _e424 + (_e356 * w_3_2_.w);
                    metal::float4 w_3_3_ = weights[metal::min(unsigned(at_3_ + 3u), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    metal::float4 _e433 = acc_3_0_;
                    acc_3_0_ = _e433 + (_e356 * w_3_3_.x);
                    metal::float4 _e437 = acc_3_1_;
                    acc_3_1_ = _e437 + (_e356 * w_3_3_.y);
                    metal::float4 _e441 = acc_3_2_;
                    acc_3_2_ = _e441 + (_e356 * w_3_3_.z);
                    metal::float4 _e445 = acc_3_3_;
                    acc_3_3_ = _e445 + (_e356 * w_3_3_.w);
                    uint _e449 = k_3;
                    metal::float4 _e453 = load_h((source + _e449) + 4u, scratch, scratch_at, _buffer_sizes);
                    uint _e454 = k_3;
                    uint _e460 = column;
                    uint at_4_ = (weights_at + ((_e454 + 4u) * HIDDEN_QUADS)) + _e460;
                    metal::float4 w_4_0_ = weights[metal::min(unsigned(at_4_ + 0u), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    metal::float4 _e467 = acc_0_0_;
                    acc_0_0_ = _e467 + (_e453 * w_4_0_.x);
                    metal::float4 _e471 = acc_0_1_;
                    acc_0_1_ = _e471 + (_e453 * w_4_0_.y);
                    metal::float4 _e475 = acc_0_2_;
                    acc_0_2_ = _e475 + (_e453 * w_4_0_.z);
                    metal::float4 _e479 = acc_0_3_;
                    acc_0_3_ = _e479 + (_e453 * w_4_0_.w);
                    metal::float4 w_4_1_ = weights[metal::min(unsigned(at_4_ + 1u), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    metal::float4 _e488 = acc_1_0_;
                    acc_1_0_ = _e488 + (_e453 * w_4_1_.x);
                    metal::float4 _e492 = acc_1_1_;
                    acc_1_1_ = _e492 + (_e453 * w_4_1_.y);
                    metal::float4 _e496 = acc_1_2_;
                    acc_1_2_ = _e496 + (_e453 * w_4_1_.z);
                    metal::float4 _e500 = acc_1_3_;
                    acc_1_3_ = _e500 + (_e453 * w_4_1_.w);
                    metal::float4 w_4_2_ = weights[metal::min(unsigned(at_4_ + 2u), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    metal::float4 _e509 = acc_2_0_;
                    acc_2_0_ = _e509 + (_e453 * w_4_2_.x);
                    metal::float4 _e513 = acc_2_1_;
                    acc_2_1_ = _e513 + (_e453 * w_4_2_.y);
                    metal::float4 _e517 = acc_2_2_;
                    acc_2_2_ = _e517 + (_e453 * w_4_2_.z);
                    metal::float4 _e521 = acc_2_3_;
                    acc_2_3_ = _e521 + (_e453 * w_4_2_.w);
                    metal::float4 w_4_3_ = weights[metal::min(unsigned(at_4_ + 3u), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    metal::float4 _e530 = acc_3_0_;
                    acc_3_0_ = _e530 + (_e453 * w_4_3_.x);
                    metal::float4 _e534 = acc_3_1_;
                    acc_3_1_ = _e534 + (_e453 * w_4_3_.y);
                    metal::float4 _e538 = acc_3_2_;
                    acc_3_2_ = _e538 + (_e453 * w_4_3_.z);
                    metal::float4 _e542 = acc_3_3_;
                    acc_3_3_ = _e542 + (_e453 * w_4_3_.w);
                    uint _e546 = k_3;
                    metal::float4 _e550 = load_h((source + _e546) + 5u, scratch, scratch_at, _buffer_sizes);
                    uint _e551 = k_3;
                    uint _e557 = column;
                    uint at_5_ = (weights_at + ((_e551 + 5u) * HIDDEN_QUADS)) + _e557;
                    metal::float4 w_5_0_ = weights[metal::min(unsigned(at_5_ + 0u), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    metal::float4 _e564 = acc_0_0_;
                    acc_0_0_ = _e564 + (_e550 * w_5_0_.x);
                    metal::float4 _e568 = acc_0_1_;
                    acc_0_1_ = _e568 + (_e550 * w_5_0_.y);
                    metal::float4 _e572 = acc_0_2_;
                    acc_0_2_ = _e572 + (_e550 * w_5_0_.z);
                    metal::float4 _e576 = acc_0_3_;
                    acc_0_3_ = _e576 + (_e550 * w_5_0_.w);
                    metal::float4 w_5_1_ = weights[metal::min(unsigned(at_5_ + 1u), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    metal::float4 _e585 = acc_1_0_;
                    acc_1_0_ = _e585 + (_e550 * w_5_1_.x);
                    metal::float4 _e589 = acc_1_1_;
                    acc_1_1_ = _e589 + (_e550 * w_5_1_.y);
                    metal::float4 _e593 = acc_1_2_;
                    acc_1_2_ = _e593 + (_e550 * w_5_1_.z);
                    metal::float4 _e597 = acc_1_3_;
                    acc_1_3_ = _e597 + (_e550 * w_5_1_.w);
                    metal::float4 w_5_2_ = weights[metal::min(unsigned(at_5_ + 2u), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    metal::float4 _e606 = acc_2_0_;
                    acc_2_0_ = _e606 + (_e550 * w_5_2_.x);
                    metal::float4 _e610 = acc_2_1_;
                    acc_2_1_ = _e610 + (_e550 * w_5_2_.y);
                    metal::float4 _e614 = acc_2_2_;
                    acc_2_2_ = _e614 + (_e550 * w_5_2_.z);
                    metal::float4 _e618 = acc_2_3_;
                    acc_2_3_ = _e618 + (_e550 * w_5_2_.w);
                    metal::float4 w_5_3_ = weights[metal::min(unsigned(at_5_ + 3u), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    metal::float4 _e627 = acc_3_0_;
                    acc_3_0_ = _e627 + (_e550 * w_5_3_.x);
                    metal::float4 _e631 = acc_3_1_;
                    acc_3_1_ = _e631 + (_e550 * w_5_3_.y);
                    metal::float4 _e635 = acc_3_2_;
                    acc_3_2_ = _e635 + (_e550 * w_5_3_.z);
                    metal::float4 _e639 = acc_3_3_;
                    acc_3_3_ = _e639 + (_e550 * w_5_3_.w);
                    uint _e643 = k_3;
                    metal::float4 _e647 = load_h((source + _e643) + 6u, scratch, scratch_at, _buffer_sizes);
                    uint _e648 = k_3;
                    uint _e654 = column;
                    uint at_6_ = (weights_at + ((_e648 + 6u) * HIDDEN_QUADS)) + _e654;
                    metal::float4 w_6_0_ = weights[metal::min(unsigned(at_6_ + 0u), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    metal::float4 _e661 = acc_0_0_;
                    acc_0_0_ = _e661 + (_e647 * w_6_0_.x);
                    metal::float4 _e665 = acc_0_1_;
                    acc_0_1_ = _e665 + (_e647 * w_6_0_.y);
                    metal::float4 _e669 = acc_0_2_;
                    acc_0_2_ = _e669 + (_e647 * w_6_0_.z);
                    metal::float4 _e673 = acc_0_3_;
                    acc_0_3_ = _e673 + (_e647 * w_6_0_.w);
                    metal::float4 w_6_1_ = weights[metal::min(unsigned(at_6_ + 1u), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    metal::float4 _e682 = acc_1_0_;
                    acc_1_0_ = _e682 + (_e647 * w_6_1_.x);
                    metal::float4 _e686 = acc_1_1_;
                    acc_1_1_ = _e686 + (_e647 * w_6_1_.y);
                    metal::float4 _e690 = acc_1_2_;
                    acc_1_2_ = _e690 + (_e647 * w_6_1_.z);
                    metal::float4 _e694 = acc_1_3_;
                    acc_1_3_ = _e694 + (_e647 * w_6_1_.w);
                    metal::float4 w_6_2_ = weights[metal::min(unsigned(at_6_ + 2u), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    metal::float4 _e703 = acc_2_0_;
                    acc_2_0_ = _e703 + (_e647 * w_6_2_.x);
                    metal::float4 _e707 = acc_2_1_;
                    acc_2_1_ = _e707 + (_e647 * w_6_2_.y);
                    metal::float4 _e711 = acc_2_2_;
                    acc_2_2_ = _e711 + (_e647 * w_6_2_.z);
                    metal::float4 _e715 = acc_2_3_;
                    acc_2_3_ = _e715 + (_e647 * w_6_2_.w);
                    metal::float4 w_6_3_ = weights[metal::min(unsigned(at_6_ + 3u), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    metal::float4 _e724 = acc_3_0_;
                    acc_3_0_ = _e724 + (_e647 * w_6_3_.x);
                    metal::float4 _e728 = acc_3_1_;
                    acc_3_1_ = _e728 + (_e647 * w_6_3_.y);
                    metal::float4 _e732 = acc_3_2_;
                    acc_3_2_ = _e732 + (_e647 * w_6_3_.z);
                    metal::float4 _e736 = acc_3_3_;
                    acc_3_3_ = _e736 + (_e647 * w_6_3_.w);
                    uint _e740 = k_3;
                    metal::float4 _e744 = load_h((source + _e740) + 7u, scratch, scratch_at, _buffer_sizes);
                    uint _e745 = k_3;
                    uint _e751 = column;
                    uint at_7_ = (weights_at + ((_e745 + 7u) * HIDDEN_QUADS)) + _e751;
                    metal::float4 w_7_0_ = weights[metal::min(unsigned(at_7_ + 0u), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    metal::float4 _e758 = acc_0_0_;
                    acc_0_0_ = _e758 + (_e744 * w_7_0_.x);
                    metal::float4 _e762 = acc_0_1_;
                    acc_0_1_ = _e762 + (_e744 * w_7_0_.y);
                    metal::float4 _e766 = acc_0_2_;
                    acc_0_2_ = _e766 + (_e744 * w_7_0_.z);
                    metal::float4 _e770 = acc_0_3_;
                    acc_0_3_ = _e770 + (_e744 * w_7_0_.w);
                    metal::float4 w_7_1_ = weights[metal::min(unsigned(at_7_ + 1u), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    metal::float4 _e779 = acc_1_0_;
                    acc_1_0_ = _e779 + (_e744 * w_7_1_.x);
                    metal::float4 _e783 = acc_1_1_;
                    acc_1_1_ = _e783 + (_e744 * w_7_1_.y);
                    metal::float4 _e787 = acc_1_2_;
                    acc_1_2_ = _e787 + (_e744 * w_7_1_.z);
                    metal::float4 _e791 = acc_1_3_;
                    acc_1_3_ = _e791 + (_e744 * w_7_1_.w);
                    metal::float4 w_7_2_ = weights[metal::min(unsigned(at_7_ + 2u), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    metal::float4 _e800 = acc_2_0_;
                    acc_2_0_ = _e800 + (_e744 * w_7_2_.x);
                    metal::float4 _e804 = acc_2_1_;
                    acc_2_1_ = _e804 + (_e744 * w_7_2_.y);
                    metal::float4 _e808 = acc_2_2_;
                    acc_2_2_ = _e808 + (_e744 * w_7_2_.z);
                    metal::float4 _e812 = acc_2_3_;
                    acc_2_3_ = _e812 + (_e744 * w_7_2_.w);
                    metal::float4 w_7_3_ = weights[metal::min(unsigned(at_7_ + 3u), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    metal::float4 _e821 = acc_3_0_;
                    acc_3_0_ = _e821 + (_e744 * w_7_3_.x);
                    metal::float4 _e825 = acc_3_1_;
                    acc_3_1_ = _e825 + (_e744 * w_7_3_.y);
                    metal::float4 _e829 = acc_3_2_;
                    acc_3_2_ = _e829 + (_e744 * w_7_3_.z);
                    metal::float4 _e833 = acc_3_3_;
                    acc_3_3_ = _e833 + (_e744 * w_7_3_.w);
                    uint _e837 = k_3;
                    metal::float4 _e841 = load_h((source + _e837) + 8u, scratch, scratch_at, _buffer_sizes);
                    uint _e842 = k_3;
                    uint _e848 = column;
                    uint at_8_ = (weights_at + ((_e842 + 8u) * HIDDEN_QUADS)) + _e848;
                    metal::float4 w_8_0_ = weights[metal::min(unsigned(at_8_ + 0u), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    metal::float4 _e855 = acc_0_0_;
                    acc_0_0_ = _e855 + (_e841 * w_8_0_.x);
                    metal::float4 _e859 = acc_0_1_;
                    acc_0_1_ = _e859 + (_e841 * w_8_0_.y);
                    metal::float4 _e863 = acc_0_2_;
                    acc_0_2_ = _e863 + (_e841 * w_8_0_.z);
                    metal::float4 _e867 = acc_0_3_;
                    acc_0_3_ = _e867 + (_e841 * w_8_0_.w);
                    metal::float4 w_8_1_ = weights[metal::min(unsigned(at_8_ + 1u), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    metal::float4 _e876 = acc_1_0_;
                    acc_1_0_ = _e876 + (_e841 * w_8_1_.x);
                    metal::float4 _e880 = acc_1_1_;
                    acc_1_1_ = _e880 + (_e841 * w_8_1_.y);
                    metal::float4 _e884 = acc_1_2_;
                    acc_1_2_ = _e884 + (_e841 * w_8_1_.z);
                    metal::float4 _e888 = acc_1_3_;
                    acc_1_3_ = _e888 + (_e841 * w_8_1_.w);
                    metal::float4 w_8_2_ = weights[metal::min(unsigned(at_8_ + 2u), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    metal::float4 _e897 = acc_2_0_;
                    acc_2_0_ = _e897 + (_e841 * w_8_2_.x);
                    metal::float4 _e901 = acc_2_1_;
                    acc_2_1_ = _e901 + (_e841 * w_8_2_.y);
                    metal::float4 _e905 = acc_2_2_;
                    acc_2_2_ = _e905 + (_e841 * w_8_2_.z);
                    metal::float4 _e909 = acc_2_3_;
                    acc_2_3_ = _e909 + (_e841 * w_8_2_.w);
                    metal::float4 w_8_3_ = weights[metal::min(unsigned(at_8_ + 3u), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    metal::float4 _e918 = acc_3_0_;
                    acc_3_0_ = _e918 + (_e841 * w_8_3_.x);
                    metal::float4 _e922 = acc_3_1_;
                    acc_3_1_ = _e922 + (_e841 * w_8_3_.y);
                    metal::float4 _e926 = acc_3_2_;
                    acc_3_2_ = _e926 + (_e841 * w_8_3_.z);
                    metal::float4 _e930 = acc_3_3_;
                    acc_3_3_ = _e930 + (_e841 * w_8_3_.w);
                    uint _e934 = k_3;
                    metal::float4 _e938 = load_h((source + _e934) + 9u, scratch, scratch_at, _buffer_sizes);
                    uint _e939 = k_3;
                    uint _e945 = column;
                    uint at_9_ = (weights_at + ((_e939 + 9u) * HIDDEN_QUADS)) + _e945;
                    metal::float4 w_9_0_ = weights[metal::min(unsigned(at_9_ + 0u), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    metal::float4 _e952 = acc_0_0_;
                    acc_0_0_ = _e952 + (_e938 * w_9_0_.x);
                    metal::float4 _e956 = acc_0_1_;
                    acc_0_1_ = _e956 + (_e938 * w_9_0_.y);
                    metal::float4 _e960 = acc_0_2_;
                    acc_0_2_ = _e960 + (_e938 * w_9_0_.z);
                    metal::float4 _e964 = acc_0_3_;
                    acc_0_3_ = _e964 + (_e938 * w_9_0_.w);
                    metal::float4 w_9_1_ = weights[metal::min(unsigned(at_9_ + 1u), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    metal::float4 _e973 = acc_1_0_;
                    acc_1_0_ = _e973 + (_e938 * w_9_1_.x);
                    metal::float4 _e977 = acc_1_1_;
                    acc_1_1_ = _e977 + (_e938 * w_9_1_.y);
                    metal::float4 _e981 = acc_1_2_;
                    acc_1_2_ = _e981 + (_e938 * w_9_1_.z);
                    metal::float4 _e985 = acc_1_3_;
                    acc_1_3_ = _e985 + (_e938 * w_9_1_.w);
                    metal::float4 w_9_2_ = weights[metal::min(unsigned(at_9_ + 2u), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    metal::float4 _e994 = acc_2_0_;
                    acc_2_0_ = _e994 + (_e938 * w_9_2_.x);
                    metal::float4 _e998 = acc_2_1_;
                    acc_2_1_ = _e998 + (_e938 * w_9_2_.y);
                    metal::float4 _e1002 = acc_2_2_;
                    acc_2_2_ = _e1002 + (_e938 * w_9_2_.z);
                    metal::float4 _e1006 = acc_2_3_;
                    acc_2_3_ = _e1006 + (_e938 * w_9_2_.w);
                    metal::float4 w_9_3_ = weights[metal::min(unsigned(at_9_ + 3u), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    metal::float4 _e1015 = acc_3_0_;
                    acc_3_0_ = _e1015 + (_e938 * w_9_3_.x);
                    metal::float4 _e1019 = acc_3_1_;
                    acc_3_1_ = _e1019 + (_e938 * w_9_3_.y);
                    metal::float4 _e1023 = acc_3_2_;
                    acc_3_2_ = _e1023 + (_e938 * w_9_3_.z);
                    metal::float4 _e1027 = acc_3_3_;
                    acc_3_3_ = _e1027 + (_e938 * w_9_3_.w);
                    uint _e1031 = k_3;
                    metal::float4 _e1035 = load_h((source + _e1031) + 10u, scratch, scratch_at, _buffer_sizes);
                    uint _e1036 = k_3;
                    uint _e1042 = column;
                    uint at_10_ = (weights_at + ((_e1036 + 10u) * HIDDEN_QUADS)) + _e1042;
                    metal::float4 w_10_0_ = weights[metal::min(unsigned(at_10_ + 0u), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    metal::float4 _e1049 = acc_0_0_;
                    acc_0_0_ = _e1049 + (_e1035 * w_10_0_.x);
                    metal::float4 _e1053 = acc_0_1_;
                    acc_0_1_ = _e1053 + (_e1035 * w_10_0_.y);
                    metal::float4 _e1057 = acc_0_2_;
                    acc_0_2_ = _e1057 + (_e1035 * w_10_0_.z);
                    metal::float4 _e1061 = acc_0_3_;
                    acc_0_3_ = _e1061 + (_e1035 * w_10_0_.w);
                    metal::float4 w_10_1_ = weights[metal::min(unsigned(at_10_ + 1u), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    metal::float4 _e1070 = acc_1_0_;
                    acc_1_0_ = _e1070 + (_e1035 * w_10_1_.x);
                    metal::float4 _e1074 = acc_1_1_;
                    acc_1_1_ = _e1074 + (_e1035 * w_10_1_.y);
                    metal::float4 _e1078 = acc_1_2_;
                    acc_1_2_ = _e1078 + (_e1035 * w_10_1_.z);
                    metal::float4 _e1082 = acc_1_3_;
                    acc_1_3_ = _e1082 + (_e1035 * w_10_1_.w);
                    metal::float4 w_10_2_ = weights[metal::min(unsigned(at_10_ + 2u), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    metal::float4 _e1091 = acc_2_0_;
                    acc_2_0_ = _e1091 + (_e1035 * w_10_2_.x);
                    metal::float4 _e1095 = acc_2_1_;
                    acc_2_1_ = _e1095 + (_e1035 * w_10_2_.y);
                    metal::float4 _e1099 = acc_2_2_;
                    acc_2_2_ = _e1099 + (_e1035 * w_10_2_.z);
                    metal::float4 _e1103 = acc_2_3_;
                    acc_2_3_ = _e1103 + (_e1035 * w_10_2_.w);
                    metal::float4 w_10_3_ = weights[metal::min(unsigned(at_10_ + 3u), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    metal::float4 _e1112 = acc_3_0_;
                    acc_3_0_ = _e1112 + (_e1035 * w_10_3_.x);
                    metal::float4 _e1116 = acc_3_1_;
                    acc_3_1_ = _e1116 + (_e1035 * w_10_3_.y);
                    metal::float4 _e1120 = acc_3_2_;
                    acc_3_2_ = _e1120 + (_e1035 * w_10_3_.z);
                    metal::float4 _e1124 = acc_3_3_;
                    acc_3_3_ = _e1124 + (_e1035 * w_10_3_.w);
                    uint _e1128 = k_3;
                    metal::float4 _e1132 = load_h((source + _e1128) + 11u, scratch, scratch_at, _buffer_sizes);
                    uint _e1133 = k_3;
                    uint _e1139 = column;
                    uint at_11_ = (weights_at + ((_e1133 + 11u) * HIDDEN_QUADS)) + _e1139;
                    metal::float4 w_11_0_ = weights[metal::min(unsigned(at_11_ + 0u), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    metal::float4 _e1146 = acc_0_0_;
                    acc_0_0_ = _e1146 + (_e1132 * w_11_0_.x);
                    metal::float4 _e1150 = acc_0_1_;
                    acc_0_1_ = _e1150 + (_e1132 * w_11_0_.y);
                    metal::float4 _e1154 = acc_0_2_;
                    acc_0_2_ = _e1154 + (_e1132 * w_11_0_.z);
                    metal::float4 _e1158 = acc_0_3_;
                    acc_0_3_ = _e1158 + (_e1132 * w_11_0_.w);
                    metal::float4 w_11_1_ = weights[metal::min(unsigned(at_11_ + 1u), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    metal::float4 _e1167 = acc_1_0_;
                    acc_1_0_ = _e1167 + (_e1132 * w_11_1_.x);
                    metal::float4 _e1171 = acc_1_1_;
                    acc_1_1_ = _e1171 + (_e1132 * w_11_1_.y);
                    metal::float4 _e1175 = acc_1_2_;
                    acc_1_2_ = _e1175 + (_e1132 * w_11_1_.z);
                    metal::float4 _e1179 = acc_1_3_;
                    acc_1_3_ = _e1179 + (_e1132 * w_11_1_.w);
                    metal::float4 w_11_2_ = weights[metal::min(unsigned(at_11_ + 2u), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    metal::float4 _e1188 = acc_2_0_;
                    acc_2_0_ = _e1188 + (_e1132 * w_11_2_.x);
                    metal::float4 _e1192 = acc_2_1_;
                    acc_2_1_ = _e1192 + (_e1132 * w_11_2_.y);
                    metal::float4 _e1196 = acc_2_2_;
                    acc_2_2_ = _e1196 + (_e1132 * w_11_2_.z);
                    metal::float4 _e1200 = acc_2_3_;
                    acc_2_3_ = _e1200 + (_e1132 * w_11_2_.w);
                    metal::float4 w_11_3_ = weights[metal::min(unsigned(at_11_ + 3u), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    metal::float4 _e1209 = acc_3_0_;
                    acc_3_0_ = _e1209 + (_e1132 * w_11_3_.x);
                    metal::float4 _e1213 = acc_3_1_;
                    acc_3_1_ = _e1213 + (_e1132 * w_11_3_.y);
                    metal::float4 _e1217 = acc_3_2_;
                    acc_3_2_ = _e1217 + (_e1132 * w_11_3_.z);
                    metal::float4 _e1221 = acc_3_3_;
                    acc_3_3_ = _e1221 + (_e1132 * w_11_3_.w);
                    uint _e1225 = k_3;
                    metal::float4 _e1229 = load_h((source + _e1225) + 12u, scratch, scratch_at, _buffer_sizes);
                    uint _e1230 = k_3;
                    uint _e1236 = column;
                    uint at_12_ = (weights_at + ((_e1230 + 12u) * HIDDEN_QUADS)) + _e1236;
                    metal::float4 w_12_0_ = weights[metal::min(unsigned(at_12_ + 0u), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    metal::float4 _e1243 = acc_0_0_;
                    acc_0_0_ = _e1243 + (_e1229 * w_12_0_.x);
                    metal::float4 _e1247 = acc_0_1_;
                    acc_0_1_ = _e1247 + (_e1229 * w_12_0_.y);
                    metal::float4 _e1251 = acc_0_2_;
                    acc_0_2_ = _e1251 + (_e1229 * w_12_0_.z);
                    metal::float4 _e1255 = acc_0_3_;
                    acc_0_3_ = _e1255 + (_e1229 * w_12_0_.w);
                    metal::float4 w_12_1_ = weights[metal::min(unsigned(at_12_ + 1u), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    metal::float4 _e1264 = acc_1_0_;
                    acc_1_0_ = _e1264 + (_e1229 * w_12_1_.x);
                    metal::float4 _e1268 = acc_1_1_;
                    acc_1_1_ = _e1268 + (_e1229 * w_12_1_.y);
                    metal::float4 _e1272 = acc_1_2_;
                    acc_1_2_ = _e1272 + (_e1229 * w_12_1_.z);
                    metal::float4 _e1276 = acc_1_3_;
                    acc_1_3_ = _e1276 + (_e1229 * w_12_1_.w);
                    metal::float4 w_12_2_ = weights[metal::min(unsigned(at_12_ + 2u), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    metal::float4 _e1285 = acc_2_0_;
                    acc_2_0_ = _e1285 + (_e1229 * w_12_2_.x);
                    metal::float4 _e1289 = acc_2_1_;
                    acc_2_1_ = _e1289 + (_e1229 * w_12_2_.y);
                    metal::float4 _e1293 = acc_2_2_;
                    acc_2_2_ = _e1293 + (_e1229 * w_12_2_.z);
                    metal::float4 _e1297 = acc_2_3_;
                    acc_2_3_ = _e1297 + (_e1229 * w_12_2_.w);
                    metal::float4 w_12_3_ = weights[metal::min(unsigned(at_12_ + 3u), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    metal::float4 _e1306 = acc_3_0_;
                    acc_3_0_ = _e1306 + (_e1229 * w_12_3_.x);
                    metal::float4 _e1310 = acc_3_1_;
                    acc_3_1_ = _e1310 + (_e1229 * w_12_3_.y);
                    metal::float4 _e1314 = acc_3_2_;
                    acc_3_2_ = _e1314 + (_e1229 * w_12_3_.z);
                    metal::float4 _e1318 = acc_3_3_;
                    acc_3_3_ = _e1318 + (_e1229 * w_12_3_.w);
                    uint _e1322 = k_3;
                    metal::float4 _e1326 = load_h((source + _e1322) + 13u, scratch, scratch_at, _buffer_sizes);
                    uint _e1327 = k_3;
                    uint _e1333 = column;
                    uint at_13_ = (weights_at + ((_e1327 + 13u) * HIDDEN_QUADS)) + _e1333;
                    metal::float4 w_13_0_ = weights[metal::min(unsigned(at_13_ + 0u), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    metal::float4 _e1340 = acc_0_0_;
                    acc_0_0_ = _e1340 + (_e1326 * w_13_0_.x);
                    metal::float4 _e1344 = acc_0_1_;
                    acc_0_1_ = _e1344 + (_e1326 * w_13_0_.y);
                    metal::float4 _e1348 = acc_0_2_;
                    acc_0_2_ = _e1348 + (_e1326 * w_13_0_.z);
                    metal::float4 _e1352 = acc_0_3_;
                    acc_0_3_ = _e1352 + (_e1326 * w_13_0_.w);
                    metal::float4 w_13_1_ = weights[metal::min(unsigned(at_13_ + 1u), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    metal::float4 _e1361 = acc_1_0_;
                    acc_1_0_ = _e1361 + (_e1326 * w_13_1_.x);
                    metal::float4 _e1365 = acc_1_1_;
                    acc_1_1_ = _e1365 + (_e1326 * w_13_1_.y);
                    metal::float4 _e1369 = acc_1_2_;
                    acc_1_2_ = _e1369 + (_e1326 * w_13_1_.z);
                    metal::float4 _e1373 = acc_1_3_;
                    acc_1_3_ = _e1373 + (_e1326 * w_13_1_.w);
                    metal::float4 w_13_2_ = weights[metal::min(unsigned(at_13_ + 2u), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    metal::float4 _e1382 = acc_2_0_;
                    acc_2_0_ = _e1382 + (_e1326 * w_13_2_.x);
                    metal::float4 _e1386 = acc_2_1_;
                    acc_2_1_ = _e1386 + (_e1326 * w_13_2_.y);
                    metal::float4 _e1390 = acc_2_2_;
                    acc_2_2_ = _e1390 + (_e1326 * w_13_2_.z);
                    metal::float4 _e1394 = acc_2_3_;
                    acc_2_3_ = _e1394 + (_e1326 * w_13_2_.w);
                    metal::float4 w_13_3_ = weights[metal::min(unsigned(at_13_ + 3u), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    metal::float4 _e1403 = acc_3_0_;
                    acc_3_0_ = _e1403 + (_e1326 * w_13_3_.x);
                    metal::float4 _e1407 = acc_3_1_;
                    acc_3_1_ = _e1407 + (_e1326 * w_13_3_.y);
                    metal::float4 _e1411 = acc_3_2_;
                    acc_3_2_ = _e1411 + (_e1326 * w_13_3_.z);
                    metal::float4 _e1415 = acc_3_3_;
                    acc_3_3_ = _e1415 + (_e1326 * w_13_3_.w);
                    uint _e1419 = k_3;
                    metal::float4 _e1423 = load_h((source + _e1419) + 14u, scratch, scratch_at, _buffer_sizes);
                    uint _e1424 = k_3;
                    uint _e1430 = column;
                    uint at_14_ = (weights_at + ((_e1424 + 14u) * HIDDEN_QUADS)) + _e1430;
                    metal::float4 w_14_0_ = weights[metal::min(unsigned(at_14_ + 0u), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    metal::float4 _e1437 = acc_0_0_;
                    acc_0_0_ = _e1437 + (_e1423 * w_14_0_.x);
                    metal::float4 _e1441 = acc_0_1_;
                    acc_0_1_ = _e1441 + (_e1423 * w_14_0_.y);
                    metal::float4 _e1445 = acc_0_2_;
                    acc_0_2_ = _e1445 + (_e1423 * w_14_0_.z);
                    metal::float4 _e1449 = acc_0_3_;
                    acc_0_3_ = _e1449 + (_e1423 * w_14_0_.w);
                    metal::float4 w_14_1_ = weights[metal::min(unsigned(at_14_ + 1u), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    metal::float4 _e1458 = acc_1_0_;
                    acc_1_0_ = _e1458 + (_e1423 * w_14_1_.x);
                    metal::float4 _e1462 = acc_1_1_;
                    acc_1_1_ = _e1462 + (_e1423 * w_14_1_.y);
                    metal::float4 _e1466 = acc_1_2_;
                    acc_1_2_ = _e1466 + (_e1423 * w_14_1_.z);
                    metal::float4 _e1470 = acc_1_3_;
                    acc_1_3_ = _e1470 + (_e1423 * w_14_1_.w);
                    metal::float4 w_14_2_ = weights[metal::min(unsigned(at_14_ + 2u), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    metal::float4 _e1479 = acc_2_0_;
                    acc_2_0_ = _e1479 + (_e1423 * w_14_2_.x);
                    metal::float4 _e1483 = acc_2_1_;
                    acc_2_1_ = _e1483 + (_e1423 * w_14_2_.y);
                    metal::float4 _e1487 = acc_2_2_;
                    acc_2_2_ = _e1487 + (_e1423 * w_14_2_.z);
                    metal::float4 _e1491 = acc_2_3_;
                    acc_2_3_ = _e1491 + (_e1423 * w_14_2_.w);
                    metal::float4 w_14_3_ = weights[metal::min(unsigned(at_14_ + 3u), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    metal::float4 _e1500 = acc_3_0_;
                    acc_3_0_ = _e1500 + (_e1423 * w_14_3_.x);
                    metal::float4 _e1504 = acc_3_1_;
                    acc_3_1_ = _e1504 + (_e1423 * w_14_3_.y);
                    metal::float4 _e1508 = acc_3_2_;
                    acc_3_2_ = _e1508 + (_e1423 * w_14_3_.z);
                    metal::float4 _e1512 = acc_3_3_;
                    acc_3_3_ = _e1512 + (_e1423 * w_14_3_.w);
                    uint _e1516 = k_3;
                    metal::float4 _e1520 = load_h((source + _e1516) + 15u, scratch, scratch_at, _buffer_sizes);
                    uint _e1521 = k_3;
                    uint _e1527 = column;
                    uint at_15_ = (weights_at + ((_e1521 + 15u) * HIDDEN_QUADS)) + _e1527;
                    metal::float4 w_15_0_ = weights[metal::min(unsigned(at_15_ + 0u), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    metal::float4 _e1534 = acc_0_0_;
                    acc_0_0_ = _e1534 + (_e1520 * w_15_0_.x);
                    metal::float4 _e1538 = acc_0_1_;
                    acc_0_1_ = _e1538 + (_e1520 * w_15_0_.y);
                    metal::float4 _e1542 = acc_0_2_;
                    acc_0_2_ = _e1542 + (_e1520 * w_15_0_.z);
                    metal::float4 _e1546 = acc_0_3_;
                    acc_0_3_ = _e1546 + (_e1520 * w_15_0_.w);
                    metal::float4 w_15_1_ = weights[metal::min(unsigned(at_15_ + 1u), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    metal::float4 _e1555 = acc_1_0_;
                    acc_1_0_ = _e1555 + (_e1520 * w_15_1_.x);
                    metal::float4 _e1559 = acc_1_1_;
                    acc_1_1_ = _e1559 + (_e1520 * w_15_1_.y);
                    metal::float4 _e1563 = acc_1_2_;
                    acc_1_2_ = _e1563 + (_e1520 * w_15_1_.z);
                    metal::float4 _e1567 = acc_1_3_;
                    acc_1_3_ = _e1567 + (_e1520 * w_15_1_.w);
                    metal::float4 w_15_2_ = weights[metal::min(unsigned(at_15_ + 2u), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    metal::float4 _e1576 = acc_2_0_;
                    acc_2_0_ = _e1576 + (_e1520 * w_15_2_.x);
                    metal::float4 _e1580 = acc_2_1_;
                    acc_2_1_ = _e1580 + (_e1520 * w_15_2_.y);
                    metal::float4 _e1584 = acc_2_2_;
                    acc_2_2_ = _e1584 + (_e1520 * w_15_2_.z);
                    metal::float4 _e1588 = acc_2_3_;
                    acc_2_3_ = _e1588 + (_e1520 * w_15_2_.w);
                    metal::float4 w_15_3_ = weights[metal::min(unsigned(at_15_ + 3u), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    metal::float4 _e1597 = acc_3_0_;
                    acc_3_0_ = _e1597 + (_e1520 * w_15_3_.x);
                    metal::float4 _e1601 = acc_3_1_;
                    acc_3_1_ = _e1601 + (_e1520 * w_15_3_.y);
                    metal::float4 _e1605 = acc_3_2_;
                    acc_3_2_ = _e1605 + (_e1520 * w_15_3_.z);
                    metal::float4 _e1609 = acc_3_3_;
                    acc_3_3_ = _e1609 + (_e1520 * w_15_3_.w);
                }
            }
            uint _e1616 = column;
            metal::float4 _e1624 = acc_0_0_;
            store_h((target_at + ((_e1616 + 0u) * 4u)) + 0u, _e1624, scratch, scratch_at, _buffer_sizes);
            uint _e1625 = column;
            metal::float4 _e1633 = acc_0_1_;
            store_h((target_at + ((_e1625 + 0u) * 4u)) + 1u, _e1633, scratch, scratch_at, _buffer_sizes);
            uint _e1634 = column;
            metal::float4 _e1642 = acc_0_2_;
            store_h((target_at + ((_e1634 + 0u) * 4u)) + 2u, _e1642, scratch, scratch_at, _buffer_sizes);
            uint _e1643 = column;
            metal::float4 _e1651 = acc_0_3_;
            store_h((target_at + ((_e1643 + 0u) * 4u)) + 3u, _e1651, scratch, scratch_at, _buffer_sizes);
            uint _e1652 = column;
            metal::float4 _e1660 = acc_1_0_;
            store_h((target_at + ((_e1652 + 1u) * 4u)) + 0u, _e1660, scratch, scratch_at, _buffer_sizes);
            uint _e1661 = column;
            metal::float4 _e1669 = acc_1_1_;
            store_h((target_at + ((_e1661 + 1u) * 4u)) + 1u, _e1669, scratch, scratch_at, _buffer_sizes);
            uint _e1670 = column;
            metal::float4 _e1678 = acc_1_2_;
            store_h((target_at + ((_e1670 + 1u) * 4u)) + 2u, _e1678, scratch, scratch_at, _buffer_sizes);
            uint _e1679 = column;
            metal::float4 _e1687 = acc_1_3_;
            store_h((target_at + ((_e1679 + 1u) * 4u)) + 3u, _e1687, scratch, scratch_at, _buffer_sizes);
            uint _e1688 = column;
            metal::float4 _e1696 = acc_2_0_;
            store_h((target_at + ((_e1688 + 2u) * 4u)) + 0u, _e1696, scratch, scratch_at, _buffer_sizes);
            uint _e1697 = column;
            metal::float4 _e1705 = acc_2_1_;
            store_h((target_at + ((_e1697 + 2u) * 4u)) + 1u, _e1705, scratch, scratch_at, _buffer_sizes);
            uint _e1706 = column;
            metal::float4 _e1714 = acc_2_2_;
            store_h((target_at + ((_e1706 + 2u) * 4u)) + 2u, _e1714, scratch, scratch_at, _buffer_sizes);
            uint _e1715 = column;
            metal::float4 _e1723 = acc_2_3_;
            store_h((target_at + ((_e1715 + 2u) * 4u)) + 3u, _e1723, scratch, scratch_at, _buffer_sizes);
            uint _e1724 = column;
            metal::float4 _e1732 = acc_3_0_;
            store_h((target_at + ((_e1724 + 3u) * 4u)) + 0u, _e1732, scratch, scratch_at, _buffer_sizes);
            uint _e1733 = column;
            metal::float4 _e1741 = acc_3_1_;
            store_h((target_at + ((_e1733 + 3u) * 4u)) + 1u, _e1741, scratch, scratch_at, _buffer_sizes);
            uint _e1742 = column;
            metal::float4 _e1750 = acc_3_2_;
            store_h((target_at + ((_e1742 + 3u) * 4u)) + 2u, _e1750, scratch, scratch_at, _buffer_sizes);
            uint _e1751 = column;
            metal::float4 _e1759 = acc_3_3_;
            store_h((target_at + ((_e1751 + 3u) * 4u)) + 3u, _e1759, scratch, scratch_at, _buffer_sizes);
        }
    }
    return;
}

void finish(
    uint layer_2,
    uint source_1,
    uint target_at_1,
    metal::uint4 class_rows,
    constant Step& step,
    device type_7 const& biases,
    device type_7& scratch,
    thread uint& scratch_at,
    constant _mslBufferSizes& _buffer_sizes
) {
    uint quad_10 = 0u;
    uint i_5 = {};
    metal::float4 value_5 = {};
    uint2 loop_bound_6 = uint2(4294967295u);
    bool loop_init_6 = true;
    while(true) {
        if (metal::all(loop_bound_6 == uint2(0u))) { break; }
        loop_bound_6 -= uint2(loop_bound_6.y == 0u, 1u);
        if (!loop_init_6) {
            uint _e56 = quad_10;
            quad_10 = _e56 + 1u;
        }
        loop_init_6 = false;
        uint _e6 = quad_10;
        if (_e6 < HIDDEN_QUADS) {
        } else {
            break;
        }
        {
            uint _e10 = quad_10;
            metal::float4 _e11 = bias(layer_2, class_rows.x, _e10, step, biases, _buffer_sizes);
            uint _e13 = quad_10;
            metal::float4 _e14 = bias(layer_2, class_rows.y, _e13, step, biases, _buffer_sizes);
            uint _e16 = quad_10;
            metal::float4 _e17 = bias(layer_2, class_rows.z, _e16, step, biases, _buffer_sizes);
            uint _e19 = quad_10;
            metal::float4 _e20 = bias(layer_2, class_rows.w, _e19, step, biases, _buffer_sizes);
            metal::float4x4 biases_of = metal::transpose(metal::float4x4(_e11, _e14, _e17, _e20));
            uint _e23 = quad_10;
            uint at_5 = _e23 * 4u;
            i_5 = 0u;
            uint2 loop_bound_7 = uint2(4294967295u);
            bool loop_init_7 = true;
            while(true) {
                if (metal::all(loop_bound_7 == uint2(0u))) { break; }
                loop_bound_7 -= uint2(loop_bound_7.y == 0u, 1u);
                if (!loop_init_7) {
                    uint _e53 = i_5;
                    i_5 = _e53 + 1u;
                }
                loop_init_7 = false;
                uint _e28 = i_5;
                if (_e28 < 4u) {
                } else {
                    break;
                }
                {
                    uint _e32 = i_5;
                    metal::float4 _e34 = load_h((target_at_1 + at_5) + _e32, scratch, scratch_at, _buffer_sizes);
                    uint _e35 = i_5;
                    metal::float4 _e38 = activate(_e34 + biases_of[metal::min(unsigned(_e35), 3u)]);
                    value_5 = _e38;
                    if (layer_2 > 0u) {
                        metal::float4 _e42 = value_5;
                        uint _e44 = i_5;
                        metal::float4 _e46 = load_h((source_1 + at_5) + _e44, scratch, scratch_at, _buffer_sizes);
                        value_5 = _e42 + _e46;
                    }
                    uint _e49 = i_5;
                    metal::float4 _e51 = value_5;
                    store_h((target_at_1 + at_5) + _e49, _e51, scratch, scratch_at, _buffer_sizes);
                }
            }
        }
    }
    return;
}

struct mlp_step_serialInput {
};
kernel void mlp_step_serial(
  metal::uint3 id [[thread_position_in_grid]]
, metal::uint3 groups [[threadgroups_per_grid]]
, constant Run& run [[buffer(0)]]
, constant Step& step [[buffer(1)]]
, constant type_4& normal_table [[buffer(4)]]
, device type_6& state_1 [[buffer(2)]]
, device type_6& x0_ [[buffer(3)]]
, device type_7 const& weights [[buffer(5)]]
, device type_7 const& biases [[buffer(6)]]
, device type_8 const& classes [[buffer(7)]]
, device type_7& scratch [[buffer(8)]]
, constant _mslBufferSizes& _buffer_sizes [[buffer(9)]]
) {
    uint scratch_at = {};
    bool local = {};
    uint last = 0u;
    uint pass_index = 0u;
    uint quad_ = {};
    metal::float4x4 rows = {};
    uint lane = {};
    uint i = {};
    uint k = {};
    uint layer = {};
    uint k_1 = {};
    uint quad_1 = 0u;
    metal::float4x4 out = {};
    uint k_2 = {};
    uint lane_1 = {};
    uint invocation = id.x + ((id.y * groups.x) * WORKGROUP);
    uint first_4 = invocation * 4u;
    uint _e13 = run.count;
    if (first_4 >= _e13) {
        return;
    }
    scratch_at = ((naga_div(invocation, WORKGROUP) * 64u) * WORKGROUP) + naga_mod(invocation, WORKGROUP);
    uint _e34 = run.count;
    metal::uint4 samples = metal::min(metal::uint4(first_4) + metal::uint4(0u, 1u, 2u, 3u), metal::uint4(_e34 - 1u));
    if (false) {
        float _e46 = run.guidance;
        local = _e46 != 1.0;
    } else {
        local = false;
    }
    bool _e50 = local;
    uint passes = _e50 ? 2u : 1u;
    uint2 loop_bound_8 = uint2(4294967295u);
    bool loop_init_8 = true;
    while(true) {
        if (metal::all(loop_bound_8 == uint2(0u))) { break; }
        loop_bound_8 -= uint2(loop_bound_8.y == 0u, 1u);
        if (!loop_init_8) {
            uint _e207 = pass_index;
            pass_index = _e207 + 1u;
        }
        loop_init_8 = false;
        uint _e56 = pass_index;
        if (_e56 < passes) {
        } else {
            break;
        }
        {
            uint _e59 = pass_index;
            uint _e60 = class_row_1(samples.x, _e59, run, classes, _buffer_sizes);
            uint _e62 = pass_index;
            uint _e63 = class_row_1(samples.y, _e62, run, classes, _buffer_sizes);
            uint _e65 = pass_index;
            uint _e66 = class_row_1(samples.z, _e65, run, classes, _buffer_sizes);
            uint _e68 = pass_index;
            uint _e69 = class_row_1(samples.w, _e68, run, classes, _buffer_sizes);
            metal::uint4 class_rows_1 = metal::uint4(_e60, _e63, _e66, _e69);
            quad_ = 0u;
            uint2 loop_bound_9 = uint2(4294967295u);
            bool loop_init_9 = true;
            while(true) {
                if (metal::all(loop_bound_9 == uint2(0u))) { break; }
                loop_bound_9 -= uint2(loop_bound_9.y == 0u, 1u);
                if (!loop_init_9) {
                    uint _e110 = quad_;
                    quad_ = _e110 + 1u;
                }
                loop_init_9 = false;
                uint _e73 = quad_;
                if (_e73 < FEATURE_QUADS) {
                } else {
                    break;
                }
                {
                    rows = metal::float4x4 {};
                    lane = 0u;
                    uint2 loop_bound_10 = uint2(4294967295u);
                    bool loop_init_10 = true;
                    while(true) {
                        if (metal::all(loop_bound_10 == uint2(0u))) { break; }
                        loop_bound_10 -= uint2(loop_bound_10.y == 0u, 1u);
                        if (!loop_init_10) {
                            uint _e90 = lane;
                            lane = _e90 + 1u;
                        }
                        loop_init_10 = false;
                        uint _e80 = lane;
                        if (_e80 < 4u) {
                        } else {
                            break;
                        }
                        {
                            uint _e83 = lane;
                            uint _e85 = lane;
                            uint _e87 = quad_;
                            metal::float4 _e88 = features(samples[metal::min(unsigned(_e85), 3u)], _e87, state_1, weights, _buffer_sizes);
                            rows[metal::min(unsigned(_e83), 3u)] = _e88;
                        }
                    }
                    metal::float4x4 _e92 = rows;
                    metal::float4x4 columns = metal::transpose(_e92);
                    i = 0u;
                    uint2 loop_bound_11 = uint2(4294967295u);
                    bool loop_init_11 = true;
                    while(true) {
                        if (metal::all(loop_bound_11 == uint2(0u))) { break; }
                        loop_bound_11 -= uint2(loop_bound_11.y == 0u, 1u);
                        if (!loop_init_11) {
                            uint _e107 = i;
                            i = _e107 + 1u;
                        }
                        loop_init_11 = false;
                        uint _e96 = i;
                        if (_e96 < 4u) {
                        } else {
                            break;
                        }
                        {
                            uint _e99 = quad_;
                            uint _e102 = i;
                            uint _e104 = i;
                            store_h((_e99 * 4u) + _e102, columns[metal::min(unsigned(_e104), 3u)], scratch, scratch_at, _buffer_sizes);
                        }
                    }
                }
            }
            k = 4u;
            uint2 loop_bound_12 = uint2(4294967295u);
            bool loop_init_12 = true;
            while(true) {
                if (metal::all(loop_bound_12 == uint2(0u))) { break; }
                loop_bound_12 -= uint2(loop_bound_12.y == 0u, 1u);
                if (!loop_init_12) {
                    uint _e121 = k;
                    k = _e121 + 1u;
                }
                loop_init_12 = false;
                uint _e114 = k;
                if (_e114 < INNER) {
                } else {
                    break;
                }
                {
                    uint _e117 = k;
                    store_h(_e117, metal::float4(0.0), scratch, scratch_at, _buffer_sizes);
                }
            }
            last = 0u;
            layer = 0u;
            uint2 loop_bound_13 = uint2(4294967295u);
            bool loop_init_13 = true;
            while(true) {
                if (metal::all(loop_bound_13 == uint2(0u))) { break; }
                loop_bound_13 -= uint2(loop_bound_13.y == 0u, 1u);
                if (!loop_init_13) {
                    uint _e162 = layer;
                    layer = _e162 + 1u;
                }
                loop_init_13 = false;
                uint _e126 = layer;
                if (_e126 < LAYERS) {
                } else {
                    break;
                }
                {
                    uint _e130 = layer;
                    uint _e139 = layer;
                    uint weights_at_1 = (_e139 == 0u) ? PROJ_IN_AT : (BLOCKS_AT + (((_e130 - 1u) * HIDDEN) * HIDDEN_QUADS));
                    uint _e145 = layer;
                    uint inner_1 = (_e145 == 0u) ? INNER : HIDDEN;
                    uint _e149 = last;
                    uint _e151 = last;
                    multiply(weights_at_1, inner_1, _e149, WIDTH - _e151, weights, scratch, scratch_at, _buffer_sizes);
                    uint _e153 = layer;
                    uint _e154 = last;
                    uint _e156 = last;
                    finish(_e153, _e154, WIDTH - _e156, class_rows_1, step, biases, scratch, scratch_at, _buffer_sizes);
                    uint _e159 = last;
                    last = WIDTH - _e159;
                }
            }
            if (passes == 2u) {
                k_1 = 0u;
                uint2 loop_bound_14 = uint2(4294967295u);
                bool loop_init_14 = true;
                while(true) {
                    if (metal::all(loop_bound_14 == uint2(0u))) { break; }
                    loop_bound_14 -= uint2(loop_bound_14.y == 0u, 1u);
                    if (!loop_init_14) {
                        uint _e204 = k_1;
                        k_1 = _e204 + 1u;
                    }
                    loop_init_14 = false;
                    uint _e168 = k_1;
                    if (_e168 < HIDDEN) {
                    } else {
                        break;
                    }
                    {
                        uint _e171 = pass_index;
                        if (_e171 == 0u) {
                            uint _e175 = k_1;
                            float _e179 = run.guidance;
                            uint _e180 = last;
                            uint _e181 = k_1;
                            metal::float4 _e183 = load_h(_e180 + _e181, scratch, scratch_at, _buffer_sizes);
                            store_h(64u + _e175, _e179 * _e183, scratch, scratch_at, _buffer_sizes);
                        } else {
                            uint _e186 = k_1;
                            uint _e189 = k_1;
                            metal::float4 _e191 = load_h(64u + _e189, scratch, scratch_at, _buffer_sizes);
                            float _e194 = run.guidance;
                            uint _e197 = last;
                            uint _e198 = k_1;
                            metal::float4 _e200 = load_h(_e197 + _e198, scratch, scratch_at, _buffer_sizes);
                            store_h(64u + _e186, _e191 + ((1.0 - _e194) * _e200), scratch, scratch_at, _buffer_sizes);
                        }
                    }
                }
            }
        }
    }
    if (passes == 2u) {
        last = 64u;
    }
    uint2 loop_bound_15 = uint2(4294967295u);
    bool loop_init_15 = true;
    while(true) {
        if (metal::all(loop_bound_15 == uint2(0u))) { break; }
        loop_bound_15 -= uint2(loop_bound_15.y == 0u, 1u);
        if (!loop_init_15) {
            uint _e871 = quad_1;
            quad_1 = _e871 + 1u;
        }
        loop_init_15 = false;
        uint _e214 = quad_1;
        if (_e214 < QUADS) {
        } else {
            break;
        }
        {
            uint _e219 = quad_1;
            metal::float4 b_1 = weights[metal::min(unsigned(PROJ_OUT_BIAS_AT + _e219), (_buffer_sizes.size5 - 0 - 16) / 16)];
            out = metal::float4x4(metal::float4(b_1.x), metal::float4(b_1.y), metal::float4(b_1.z), metal::float4(b_1.w));
            k_2 = 0u;
            uint2 loop_bound_16 = uint2(4294967295u);
            bool loop_init_16 = true;
            while(true) {
                if (metal::all(loop_bound_16 == uint2(0u))) { break; }
                loop_bound_16 -= uint2(loop_bound_16.y == 0u, 1u);
                if (!loop_init_16) {
                    uint _e846 = k_2;
                    k_2 = _e846 + UNROLL;
                }
                loop_init_16 = false;
                uint _e235 = k_2;
                if (_e235 < HIDDEN) {
                } else {
                    break;
                }
                {
                    uint _e240 = k_2;
                    uint _e246 = quad_1;
                    metal::float4 w_0_ = weights[metal::min(unsigned((PROJ_OUT_AT + ((_e240 + 0u) * QUADS)) + _e246), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    uint _e250 = last;
                    uint _e251 = k_2;
                    metal::float4 _e255 = load_h((_e250 + _e251) + 0u, scratch, scratch_at, _buffer_sizes);
                    metal::float4 _e257 = out[0];
                    out[0] = _e257 + (_e255 * w_0_.x);
                    metal::float4 _e262 = out[1];
                    out[1] = _e262 + (_e255 * w_0_.y);
                    metal::float4 _e267 = out[2];
                    out[2] = _e267 + (_e255 * w_0_.z);
                    metal::float4 _e272 = out[3];
                    out[3] = _e272 + (_e255 * w_0_.w);
                    uint _e278 = k_2;
                    uint _e284 = quad_1;
                    metal::float4 w_1_ = weights[metal::min(unsigned((PROJ_OUT_AT + ((_e278 + 1u) * QUADS)) + _e284), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    uint _e288 = last;
                    uint _e289 = k_2;
                    metal::float4 _e293 = load_h((_e288 + _e289) + 1u, scratch, scratch_at, _buffer_sizes);
                    metal::float4 _e295 = out[0];
                    out[0] = _e295 + (_e293 * w_1_.x);
                    metal::float4 _e300 = out[1];
                    out[1] = _e300 + (_e293 * w_1_.y);
                    metal::float4 _e305 = out[2];
                    out[2] = _e305 + (_e293 * w_1_.z);
                    metal::float4 _e310 = out[3];
                    out[3] = _e310 + (_e293 * w_1_.w);
                    uint _e316 = k_2;
                    uint _e322 = quad_1;
                    metal::float4 w_2_ = weights[metal::min(unsigned((PROJ_OUT_AT + ((_e316 + 2u) * QUADS)) + _e322), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    uint _e326 = last;
                    uint _e327 = k_2;
                    metal::float4 _e331 = load_h((_e326 + _e327) + 2u, scratch, scratch_at, _buffer_sizes);
                    metal::float4 _e333 = out[0];
                    out[0] = _e333 + (_e331 * w_2_.x);
                    metal::float4 _e338 = out[1];
                    out[1] = _e338 + (_e331 * w_2_.y);
                    metal::float4 _e343 = out[2];
                    out[2] = _e343 + (_e331 * w_2_.z);
                    metal::float4 _e348 = out[3];
                    out[3] = _e348 + (_e331 * w_2_.w);
                    uint _e354 = k_2;
                    uint _e360 = quad_1;
                    metal::float4 w_3_ = weights[metal::min(unsigned((PROJ_OUT_AT + ((_e354 + 3u) * QUADS)) + _e360), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    uint _e364 = last;
                    uint _e365 = k_2;
                    metal::float4 _e369 = load_h((_e364 + _e365) + 3u, scratch, scratch_at, _buffer_sizes);
                    metal::float4 _e371 = out[0];
                    out[0] = _e371 + (_e369 * w_3_.x);
                    metal::float4 _e376 = out[1];
                    out[1] = _e376 + (_e369 * w_3_.y);
                    metal::float4 _e381 = out[2];
                    out[2] = _e381 + (_e369 * w_3_.z);
                    metal::float4 _e386 = out[3];
                    out[3] = _e386 + (_e369 * w_3_.w);
                    uint _e392 = k_2;
                    uint _e398 = quad_1;
                    metal::float4 w_4_ = weights[metal::min(unsigned((PROJ_OUT_AT + ((_e392 + 4u) * QUADS)) + _e398), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    uint _e402 = last;
                    uint _e403 = k_2;
                    metal::float4 _e407 = load_h((_e402 + _e403) + 4u, scratch, scratch_at, _buffer_sizes);
                    metal::float4 _e409 = out[0];
                    out[0] = _e409 + (_e407 * w_4_.x);
                    metal::float4 _e414 = out[1];
                    out[1] = _e414 + (_e407 * w_4_.y);
                    metal::float4 _e419 = out[2];
                    out[2] = _e419 + (_e407 * w_4_.z);
                    metal::float4 _e424 = out[3];
                    out[3] = _e424 + (_e407 * w_4_.w);
                    uint _e430 = k_2;
                    uint _e436 = quad_1;
                    metal::float4 w_5_ = weights[metal::min(unsigned((PROJ_OUT_AT + ((_e430 + 5u) * QUADS)) + _e436), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    uint _e440 = last;
                    uint _e441 = k_2;
                    metal::float4 _e445 = load_h((_e440 + _e441) + 5u, scratch, scratch_at, _buffer_sizes);
                    metal::float4 _e447 = out[0];
                    out[0] = _e447 + (_e445 * w_5_.x);
                    metal::float4 _e452 = out[1];
                    out[1] = _e452 + (_e445 * w_5_.y);
                    metal::float4 _e457 = out[2];
                    out[2] = _e457 + (_e445 * w_5_.z);
                    metal::float4 _e462 = out[3];
                    out[3] = _e462 + (_e445 * w_5_.w);
                    uint _e468 = k_2;
                    uint _e474 = quad_1;
                    metal::float4 w_6_ = weights[metal::min(unsigned((PROJ_OUT_AT + ((_e468 + 6u) * QUADS)) + _e474), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    uint _e478 = last;
                    uint _e479 = k_2;
                    metal::float4 _e483 = load_h((_e478 + _e479) + 6u, scratch, scratch_at, _buffer_sizes);
                    metal::float4 _e485 = out[0];
                    out[0] = _e485 + (_e483 * w_6_.x);
                    metal::float4 _e490 = out[1];
                    out[1] = _e490 + (_e483 * w_6_.y);
                    metal::float4 _e495 = out[2];
                    out[2] = _e495 + (_e483 * w_6_.z);
                    metal::float4 _e500 = out[3];
                    out[3] = _e500 + (_e483 * w_6_.w);
                    uint _e506 = k_2;
                    uint _e512 = quad_1;
                    metal::float4 w_7_ = weights[metal::min(unsigned((PROJ_OUT_AT + ((_e506 + 7u) * QUADS)) + _e512), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    uint _e516 = last;
                    uint _e517 = k_2;
                    metal::float4 _e521 = load_h((_e516 + _e517) + 7u, scratch, scratch_at, _buffer_sizes);
                    metal::float4 _e523 = out[0];
                    out[0] = _e523 + (_e521 * w_7_.x);
                    metal::float4 _e528 = out[1];
                    out[1] = _e528 + (_e521 * w_7_.y);
                    metal::float4 _e533 = out[2];
                    out[2] = _e533 + (_e521 * w_7_.z);
                    metal::float4 _e538 = out[3];
                    out[3] = _e538 + (_e521 * w_7_.w);
                    uint _e544 = k_2;
                    uint _e550 = quad_1;
                    metal::float4 w_8_ = weights[metal::min(unsigned((PROJ_OUT_AT + ((_e544 + 8u) * QUADS)) + _e550), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    uint _e554 = last;
                    uint _e555 = k_2;
                    metal::float4 _e559 = load_h((_e554 + _e555) + 8u, scratch, scratch_at, _buffer_sizes);
                    metal::float4 _e561 = out[0];
                    out[0] = _e561 + (_e559 * w_8_.x);
                    metal::float4 _e566 = out[1];
                    out[1] = _e566 + (_e559 * w_8_.y);
                    metal::float4 _e571 = out[2];
                    out[2] = _e571 + (_e559 * w_8_.z);
                    metal::float4 _e576 = out[3];
                    out[3] = _e576 + (_e559 * w_8_.w);
                    uint _e582 = k_2;
                    uint _e588 = quad_1;
                    metal::float4 w_9_ = weights[metal::min(unsigned((PROJ_OUT_AT + ((_e582 + 9u) * QUADS)) + _e588), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    uint _e592 = last;
                    uint _e593 = k_2;
                    metal::float4 _e597 = load_h((_e592 + _e593) + 9u, scratch, scratch_at, _buffer_sizes);
                    metal::float4 _e599 = out[0];
                    out[0] = _e599 + (_e597 * w_9_.x);
                    metal::float4 _e604 = out[1];
                    out[1] = _e604 + (_e597 * w_9_.y);
                    metal::float4 _e609 = out[2];
                    out[2] = _e609 + (_e597 * w_9_.z);
                    metal::float4 _e614 = out[3];
                    out[3] = _e614 + (_e597 * w_9_.w);
                    uint _e620 = k_2;
                    uint _e626 = quad_1;
                    metal::float4 w_10_ = weights[metal::min(unsigned((PROJ_OUT_AT + ((_e620 + 10u) * QUADS)) + _e626), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    uint _e630 = last;
                    uint _e631 = k_2;
                    metal::float4 _e635 = load_h((_e630 + _e631) + 10u, scratch, scratch_at, _buffer_sizes);
                    metal::float4 _e637 = out[0];
                    out[0] = _e637 + (_e635 * w_10_.x);
                    metal::float4 _e642 = out[1];
                    out[1] = _e642 + (_e635 * w_10_.y);
                    metal::float4 _e647 = out[2];
                    out[2] = _e647 + (_e635 * w_10_.z);
                    metal::float4 _e652 = out[3];
                    out[3] = _e652 + (_e635 * w_10_.w);
                    uint _e658 = k_2;
                    uint _e664 = quad_1;
                    metal::float4 w_11_ = weights[metal::min(unsigned((PROJ_OUT_AT + ((_e658 + 11u) * QUADS)) + _e664), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    uint _e668 = last;
                    uint _e669 = k_2;
                    metal::float4 _e673 = load_h((_e668 + _e669) + 11u, scratch, scratch_at, _buffer_sizes);
                    metal::float4 _e675 = out[0];
                    out[0] = _e675 + (_e673 * w_11_.x);
                    metal::float4 _e680 = out[1];
                    out[1] = _e680 + (_e673 * w_11_.y);
                    metal::float4 _e685 = out[2];
                    out[2] = _e685 + (_e673 * w_11_.z);
                    metal::float4 _e690 = out[3];
                    out[3] = _e690 + (_e673 * w_11_.w);
                    uint _e696 = k_2;
                    uint _e702 = quad_1;
                    metal::float4 w_12_ = weights[metal::min(unsigned((PROJ_OUT_AT + ((_e696 + 12u) * QUADS)) + _e702), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    uint _e706 = last;
                    uint _e707 = k_2;
                    metal::float4 _e711 = load_h((_e706 + _e707) + 12u, scratch, scratch_at, _buffer_sizes);
                    metal::float4 _e713 = out[0];
                    out[0] = _e713 + (_e711 * w_12_.x);
                    metal::float4 _e718 = out[1];
                    out[1] = _e718 + (_e711 * w_12_.y);
                    metal::float4 _e723 = out[2];
                    out[2] = _e723 + (_e711 * w_12_.z);
                    metal::float4 _e728 = out[3];
                    out[3] = _e728 + (_e711 * w_12_.w);
                    uint _e734 = k_2;
                    uint _e740 = quad_1;
                    metal::float4 w_13_ = weights[metal::min(unsigned((PROJ_OUT_AT + ((_e734 + 13u) * QUADS)) + _e740), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    uint _e744 = last;
                    uint _e745 = k_2;
                    metal::float4 _e749 = load_h((_e744 + _e745) + 13u, scratch, scratch_at, _buffer_sizes);
                    metal::float4 _e751 = out[0];
                    out[0] = _e751 + (_e749 * w_13_.x);
                    metal::float4 _e756 = out[1];
                    out[1] = _e756 + (_e749 * w_13_.y);
                    metal::float4 _e761 = out[2];
                    out[2] = _e761 + (_e749 * w_13_.z);
                    metal::float4 _e766 = out[3];
                    out[3] = _e766 + (_e749 * w_13_.w);
                    uint _e772 = k_2;
                    uint _e778 = quad_1;
                    metal::float4 w_14_ = weights[metal::min(unsigned((PROJ_OUT_AT + ((_e772 + 14u) * QUADS)) + _e778), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    uint _e782 = last;
                    uint _e783 = k_2;
                    metal::float4 _e787 = load_h((_e782 + _e783) + 14u, scratch, scratch_at, _buffer_sizes);
                    metal::float4 _e789 = out[0];
                    out[0] = _e789 + (_e787 * w_14_.x);
                    metal::float4 _e794 = out[1];
                    out[1] = _e794 + (_e787 * w_14_.y);
                    metal::float4 _e799 = out[2];
                    out[2] = _e799 + (_e787 * w_14_.z);
                    metal::float4 _e804 = out[3];
                    out[3] = _e804 + (_e787 * w_14_.w);
                    uint _e810 = k_2;
                    uint _e816 = quad_1;
                    metal::float4 w_15_ = weights[metal::min(unsigned((PROJ_OUT_AT + ((_e810 + 15u) * QUADS)) + _e816), (_buffer_sizes.size5 - 0 - 16) / 16)];
                    uint _e820 = last;
                    uint _e821 = k_2;
                    metal::float4 _e825 = load_h((_e820 + _e821) + 15u, scratch, scratch_at, _buffer_sizes);
                    metal::float4 _e827 = out[0];
                    out[0] = _e827 + (_e825 * w_15_.x);
                    metal::float4 _e832 = out[1];
                    out[1] = _e832 + (_e825 * w_15_.y);
                    metal::float4 _e837 = out[2];
                    out[2] = _e837 + (_e825 * w_15_.z);
                    metal::float4 _e842 = out[3];
                    out[3] = _e842 + (_e825 * w_15_.w);
                }
            }
            metal::float4x4 _e849 = out;
            out = metal::transpose(_e849);
            lane_1 = 0u;
            uint2 loop_bound_17 = uint2(4294967295u);
            bool loop_init_17 = true;
            while(true) {
                if (metal::all(loop_bound_17 == uint2(0u))) { break; }
                loop_bound_17 -= uint2(loop_bound_17.y == 0u, 1u);
                if (!loop_init_17) {
                    uint _e868 = lane_1;
                    lane_1 = _e868 + 1u;
                }
                loop_init_17 = false;
                uint _e853 = lane_1;
                uint _e857 = run.count;
                if (_e853 < metal::min(4u, _e857 - first_4)) {
                } else {
                    break;
                }
                {
                    uint _e861 = lane_1;
                    uint _e863 = quad_1;
                    uint _e864 = lane_1;
                    metal::float4 _e866 = out[metal::min(unsigned(_e864), 3u)];
                    update_quad(first_4 + _e861, _e863, _e866, run, step, normal_table, state_1, x0_, _buffer_sizes);
                }
            }
        }
    }
    return;
}
